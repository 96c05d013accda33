namespace FramedSockets.Framing;

/// <summary>Why an output has failed, once it has, and a token for whoever waits for something else meanwhile. Set under its owner's lock, read by any thread.</summary>
internal struct OutputFailure
{
    private FramedSocketException? _reason;
    private LateToken _token;

    public readonly FramedSocketException? Reason => Volatile.Read(in _reason);

    /// <summary>Fires when there is a reason.</summary>
    public CancellationToken Token => _token.Get();

    /// <summary>Gives the reason; false where there is one.</summary>
    public bool TrySet(FramedSocketException reason)
    {
        if (_reason is not null)
        {
            return false;
        }

        Volatile.Write(ref _reason, reason);
        _token.Fire();
        return true;
    }

    /// <summary>Throws the reason, if there is one.</summary>
    public readonly void ThrowIfSet()
    {
        if (Reason is { } reason)
        {
            throw reason;
        }
    }
}
