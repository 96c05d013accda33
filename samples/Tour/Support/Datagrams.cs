using System.Text;
using FramedSockets;
using FramedSockets.Udp;

namespace Tour.Support;

/// <summary>Texts where the library has datagrams.</summary>
internal static class Datagrams
{
    /// <summary>The text of a datagram, without half a character at its end.</summary>
    public static string GetText(this in Datagram<NoHeader> datagram, Framing framing) => new TextDecoder(framing).Decode(datagram.Body);

    /// <summary>Answers with a text, or says that it is too long. Without a framing an empty one is nothing, and nothing is sent.</summary>
    public static async ValueTask AnswerAsync(this Datagram<NoHeader> datagram, string text, Framing framing)
    {
        if (text.Length == 0 && framing == Framing.Raw)
        {
            return;
        }

        try
        {
            await datagram.ReplyAsync(Encoding.UTF8.GetBytes(text));
        }
        catch (FramedSocketException e) when (e.Error == FramedSocketError.BodyTooLong)
        {
            await datagram.ReplyAsync(Encoding.UTF8.GetBytes(Texts.TooLong + text.SplitLine().End));
        }
    }

    /// <summary>The next text, without the end of its line; <see langword="null"/> when none came in time.</summary>
    public static async Task<string?> ReceiveTextAsync(
        this UdpDatagramEndpoint<NoHeader> endpoint, Framing framing, TimeSpan atMost, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);

        // What is there already is seen however short the time is, which begins with the wait.
        var receiving = endpoint.ReceiveAsync(either.Token);
        either.CancelAfter(atMost);
        try
        {
            var datagram = await receiving;
            return datagram.GetText(framing).SplitLine().Line;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return null;
        }
    }
}
