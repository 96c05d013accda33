namespace FramedSockets;

/// <summary>Lets what happens often be said once a minute, with how often it happened. Thread-safe.</summary>
internal sealed class Occasionally(TimeProvider clock)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);
    private readonly object _gate = new();
    private long? _spoke;
    private long _unsaid;

    /// <summary>It happened once more; says whether to speak now.</summary>
    /// <param name="count">How often it happened since it was last spoken of, this time included.</param>
    public bool ShouldSpeak(out long count)
    {
        lock (_gate)
        {
            count = ++_unsaid;
            if (_spoke is { } last && clock.GetElapsedTime(last) < Silence)
            {
                return false;
            }

            _spoke = clock.GetTimestamp();
            _unsaid = 0;
            return true;
        }
    }
}
