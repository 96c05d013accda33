namespace FramedSockets.Fuzz.Oracles;

/// <summary>A frame that somebody tried to send.</summary>
internal sealed class SentFrame
{
    /// <summary>Its bytes; <see langword="null"/> where its framing cannot say it.</summary>
    public required byte[]? Wire { get; init; }

    /// <summary>Its body's length.</summary>
    public required long Length { get; init; }

    /// <summary>The least and the most of the limits that were in force while it was sent.</summary>
    public required (long Least, long Most) Limits { get; set; }

    /// <summary>Whether it has to be accepted, if nothing else happens.</summary>
    public bool MustPass => Wire is not null && Length <= Limits.Least;

    /// <summary>Whether it may be accepted.</summary>
    public bool MayPass => Wire is not null && Length <= Limits.Most;

    /// <summary>The sending, where it had to wait or was asked to.</summary>
    public Task? Task { get; set; }

    /// <summary>Those that were waiting when it was written: it may leave before them.</summary>
    public IReadOnlySet<SentFrame> Overtakes { get; init; } = new HashSet<SentFrame>();

    /// <summary>Whether the writer took it.</summary>
    public bool IsAccepted { get; set; }

    /// <summary>What it threw.</summary>
    public Exception? Failure { get; set; }
}
