namespace FramedSockets.Linux;

/// <summary>The loops of a transport, to which connections are dealt in turn.</summary>
internal sealed class EventLoops
{
    private readonly EventLoop[] _loops;
    private uint _next;

    public EventLoops(SystemCalls calls, LinuxTransportOptions options)
    {
        var log = SafeLogger.Create(options.LoggerFactory, typeof(LinuxTransport).FullName!);
        _loops = [.. Enumerable.Range(0, options.LoopCount).Select(number => new EventLoop(number, calls, options, log))];
    }

    /// <summary>The handlers that have held a loop too long.</summary>
    public long LateHandlers => _loops.Sum(loop => loop.LateHandlers);

    /// <summary>The loop whose turn it is.</summary>
    public EventLoop Next() => _loops[Interlocked.Increment(ref _next) % (uint)_loops.Length];
}
