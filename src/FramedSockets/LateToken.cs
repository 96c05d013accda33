namespace FramedSockets;

/// <summary>
/// A token source that is made when somebody asks for the token: few do, and a connection that rests should weigh little. Without
/// a timer it holds nothing to dispose. Thread-safe.
/// </summary>
/// <remarks>What users registered runs elsewhere: it must neither hold up who fires it nor throw into that.</remarks>
internal struct LateToken
{
    private CancellationTokenSource? _source;
    private int _hasFired;

    /// <summary>Whether it has fired.</summary>
    public readonly bool HasFired => Volatile.Read(in _hasFired) != 0;

    /// <summary>The token.</summary>
    public CancellationToken Get()
    {
        var source = Volatile.Read(ref _source);
        if (source is null)
        {
            var made = new CancellationTokenSource();
            source = Interlocked.CompareExchange(ref _source, made, null) ?? made;
        }

        if (HasFired)
        {
            // Who fired it just before may have seen no source.
            _ = source.CancelAsync();
        }

        return source.Token;
    }

    /// <summary>Fires the token. Idempotent.</summary>
    public void Fire()
    {
        _ = Interlocked.Exchange(ref _hasFired, 1);
        _ = Volatile.Read(ref _source)?.CancelAsync();
    }
}
