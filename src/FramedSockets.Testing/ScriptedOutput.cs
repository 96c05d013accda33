namespace FramedSockets.Testing;

/// <summary>What was given to an output, and how it leaves: the rules, without waiting. Not thread-safe.</summary>
internal sealed class ScriptedOutput(int capacity)
{
    private readonly List<byte> _taken = [];
    private byte[] _rest = [];
    private bool _isEnding;

    /// <summary>Where the bytes go.</summary>
    public ScriptedReader? Peer { get; set; }

    /// <summary>What happens to them on the way.</summary>
    public LinkScript? Script { get; set; }

    /// <summary>How many bytes more may leave.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>How many bytes left.</summary>
    public long TakenLength { get; private set; }

    /// <summary>The bytes that left, where there is no peer.</summary>
    public IReadOnlyCollection<byte> Taken => _taken;

    /// <summary>Whether everything has left.</summary>
    public bool IsEmpty => _rest.Length == 0;

    /// <summary>Whether the script wants to cut the connection off.</summary>
    public bool IsToBeCut => Script is { Left: 0 };

    public void Add(ReadOnlySpan<byte> bytes) => _rest = [.. _rest, .. bytes];

    /// <summary>Nothing leaves any more, and no end follows.</summary>
    public void Discard() => (_rest, _isEnding) = ([], false);

    /// <summary>The end of the stream follows what is still to leave.</summary>
    public void End() => _isEnding = true;

    /// <summary>Whether it is time for the end of the stream; true once for each <see cref="End"/>.</summary>
    public bool TryEnd() => _isEnding && IsEmpty && !(_isEnding = false);

    /// <summary>Tells the peer, if there is one, of what has left. Without any lock: whoever it wakes may go on here.</summary>
    public void Wake(bool isEnd)
    {
        Peer?.Wake();
        if (isEnd)
        {
            Peer?.End();
        }
    }

    /// <summary>Moves what there is room for.</summary>
    public void Take()
    {
        var room = Math.Min(Room, Script?.Left ?? long.MaxValue);
        var count = (int)Math.Min(_rest.Length, Peer is null || Peer.IsCompleted ? room : Math.Min(room, capacity - Peer.UnseenLength));
        if (count <= 0)
        {
            return;
        }

        var bytes = _rest.AsSpan(0, count);
        if (Peer is null)
        {
            _taken.AddRange(bytes);
        }
        else if (Script is null)
        {
            Peer.Enqueue(bytes, TimeSpan.Zero);
        }
        else
        {
            Script.Deliver(bytes, Peer);
        }

        TakenLength += count;
        Room -= Room == long.MaxValue ? 0 : count;
        _rest = _rest[count..];
    }
}
