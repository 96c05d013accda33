namespace FramedSockets.Linux;

/// <summary>Where the code runs that waits for bytes: handlers, above all.</summary>
public enum LinuxScheduling
{
    /// <summary>On the thread pool. A handler may block, as with every other transport.</summary>
    ThreadPool,

    /// <summary>
    /// On the event loop, which saves a change of threads. A handler must not block or compute for long: while it runs, no
    /// other connection of its loop is served. What follows an <see langword="await"/> of something else runs where that completes.
    /// </summary>
    Inline,
}
