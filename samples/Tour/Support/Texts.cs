using System.Text;
using FramedSockets;
using FramedSockets.Tcp;

namespace Tour.Support;

/// <summary>Texts where the library has bytes.</summary>
internal static class Texts
{
    /// <summary>Stands for an answer that cannot be sent.</summary>
    public const string TooLong = "the answer is too long";

    /// <summary>All texts of a peer, as they arrive.</summary>
    public static async IAsyncEnumerable<string> ReadTextsAsync(this FrameConnection<NoHeader> connection, Framing framing)
    {
        var decoder = new TextDecoder(framing);
        await foreach (var frame in connection.ReadAllAsync())
        {
            var text = decoder.Decode(frame.Body);
            if (text.Length > 0 || framing != Framing.Raw)
            {
                yield return text;
            }
        }
    }

    /// <summary>Sends a text. Without a framing an empty one is nothing, and nothing is sent.</summary>
    public static async ValueTask SendTextAsync(this FrameConnection<NoHeader> connection, string text, CancellationToken stop = default)
    {
        try
        {
            await connection.SendAsync(Encoding.UTF8.GetBytes(text), stop);
        }
        catch (FramedSocketException e) when (text.Length == 0 && e.Error == FramedSocketError.UnframeableBody)
        {
            // The peer could not tell it from silence.
        }
    }

    /// <summary>Answers with a text, or says that it is too long: what a client wrote does not end its connection.</summary>
    public static async ValueTask AnswerAsync(this FrameConnection<NoHeader> connection, string text)
    {
        try
        {
            await connection.SendTextAsync(text);
        }
        catch (FramedSocketException e) when (e.Error == FramedSocketError.BodyTooLong)
        {
            await connection.SendTextAsync(TooLong + text.SplitLine().End);
        }
    }

    /// <summary>
    /// Takes the line's end off a text. Netcat sends it with each line; an answer that ends in the same way looks well there.
    /// </summary>
    public static (string Line, string End) SplitLine(this string text)
    {
        var line = text.EndsWith('\n') ? text[..^1].TrimEnd('\r') : text;
        return (line, text[line.Length..]);
    }
}
