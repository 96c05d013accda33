using System.Text;
using FramedSockets;
using FramedSockets.Tcp;

namespace Tour.Support;

/// <summary>A peer's texts one at a time, for a program that takes turns with it.</summary>
internal sealed class Answers(FrameConnection<NoHeader> connection, Framing framing)
{
    private const int Longest = 1024 * 1024;

    // Without a framing nothing says where a text ends: it is taken to go on until there is a pause.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly TextDecoder _decoder = new(framing);

    /// <summary>Whether the peer has sent its last.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The next text, without the end of its line; <see langword="null"/> when the time is over or the peer has ended.</summary>
    public async Task<string?> ReadAsync(TimeSpan atMost, CancellationToken stop)
    {
        var text = new StringBuilder();
        while (text.Length < Longest
            && await WaitAsync(text.Length > 0 && !_decoder.IsInsideCharacter ? Pause : atMost, stop)
            && connection.TryRead(out var frame))
        {
            text.Append(_decoder.Decode(frame.Body));
            if (framing != Framing.Raw)
            {
                return text.ToString().SplitLine().Line;
            }
        }

        return text.Length > 0 ? text.ToString().SplitLine().Line : null;
    }

    /// <summary>Prints the next text, if it comes in time.</summary>
    public async Task<bool> PrintAsync(TimeSpan atMost, CancellationToken stop)
    {
        var text = await ReadAsync(atMost, stop);
        if (text is not null)
        {
            Console.WriteLine(text);
        }

        return text is not null;
    }

    private async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        either.CancelAfter(atMost);
        try
        {
            var isThere = await connection.WaitToReadAsync(either.Token);
            HasEnded = !isThere;
            return isThere;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
