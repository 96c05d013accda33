namespace FramedSockets.Testing;

/// <summary>What a script does to one direction of one connection. Not thread-safe.</summary>
#pragma warning disable CA5394 // what a seed says is to be known: it keeps no secret
internal sealed class LinkScript(DeliveryScript script, int link)
{
    // Links differ, and each is the same in every run: what one does is not the others' choice.
    private readonly Random _random = new(unchecked((script.Seed * 397) + link));
    private long? _left;

    /// <summary>How many bytes more may be sent before the connection is cut off.</summary>
    public long Left => _left ??= script.CutWithin is { } most ? 1 + _random.Next(most) : long.MaxValue;

    public FramedSocketException Cut(long sent) => new(
        FramedSocketError.ConnectionReset, $"The script (seed {script.Seed}) cut the connection off after {sent} bytes.");

    /// <summary>Delivers bytes in pieces, each in its time. Nobody is told of them yet.</summary>
    public void Deliver(ReadOnlySpan<byte> bytes, ScriptedReader peer)
    {
        _left = Left == long.MaxValue ? Left : Left - bytes.Length;
        while (bytes.Length > 0)
        {
            var length = Math.Min(bytes.Length, 1 + _random.Next(script.MaxPieceLength));
            peer.Enqueue(bytes[..length], script.MaxDelay * _random.NextDouble());
            bytes = bytes[length..];
        }
    }
}
