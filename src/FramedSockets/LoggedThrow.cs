namespace FramedSockets;

/// <summary>An exception as it stands in a log where a peer's bytes may be what it speaks of: without its message.</summary>
internal readonly record struct LoggedThrow(Exception? Exception)
{
    /// <summary>The type of the exception, where it was thrown, and the same of what stands inside; but no message of theirs.</summary>
    public override string ToString() => Exception is null
        ? "" : $"{Exception.GetType()}:\n{Exception.StackTrace}\n{new LoggedThrow(Exception.InnerException)}".TrimEnd();
}
