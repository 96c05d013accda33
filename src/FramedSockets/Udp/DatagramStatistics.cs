using System.Net.Sockets;
using FramedSockets.Udp.Linux;

namespace FramedSockets.Udp;

/// <summary>Counts what becomes of datagrams. Thread-safe, but where it is said.</summary>
internal sealed class DatagramStatistics(Socket? socket)
{
    private long _received;
    private long _sent;
    private long _truncated;
    private long _malformed;
    private long _tooLarge;
    private long _dropped;
    private long _refused;
    private long _droppedBySystem = OperatingSystem.IsLinux() && socket is not null ? 0 : -1;

    /// <summary>Counts a datagram that was delivered. Never called by two at once: by the one reader, or by the queue it fills.</summary>
    public void CountReceived() => Volatile.Write(ref _received, _received + 1);

    public void CountSent(int count = 1) => Interlocked.Add(ref _sent, count);

    public void CountTruncated() => Interlocked.Increment(ref _truncated);

    public void CountMalformed() => Interlocked.Increment(ref _malformed);

    public void CountTooLarge() => Interlocked.Increment(ref _tooLarge);

    public void CountDropped() => Interlocked.Increment(ref _dropped);

    public void CountRefused() => Interlocked.Increment(ref _refused);

    public DatagramCounters Read()
    {
        var droppedBySystem = ReadDroppedBySystem();
        return new()
        {
            Received = Interlocked.Read(ref _received),
            Sent = Interlocked.Read(ref _sent),
            Truncated = Interlocked.Read(ref _truncated),
            Malformed = Interlocked.Read(ref _malformed),
            TooLarge = Interlocked.Read(ref _tooLarge),
            Dropped = Interlocked.Read(ref _dropped),
            Refused = Interlocked.Read(ref _refused),
            DroppedBySystem = droppedBySystem < 0 ? null : droppedBySystem,
        };
    }

    /// <summary>The system's count, which is 32 bits wide and wraps; after the socket was closed, the last one that was read.</summary>
    private long ReadDroppedBySystem()
    {
        var known = Interlocked.Read(ref _droppedBySystem);
        if (known < 0 || !SocketMemory.TryReadDrops(socket!, out var drops))
        {
            return known;
        }

        var now = known + (uint)(drops - (uint)known);
        return Interlocked.CompareExchange(ref _droppedBySystem, now, known) == known ? now : Interlocked.Read(ref _droppedBySystem);
    }
}
