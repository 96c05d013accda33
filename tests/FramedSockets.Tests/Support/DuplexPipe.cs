using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Tests.Support;

/// <summary>Two ends of a byte stream in memory; every step runs where it is caused.</summary>
internal sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe
{
    public static PipeOptions Inline(long pause = 1024 * 1024, MemoryPool<byte>? pool = null) => new(
        pool: pool ?? CheckedPool.Create().AsMemoryPool(),
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: pause, resumeWriterThreshold: pause / 2, useSynchronizationContext: false);

    /// <summary>As a pipe is by itself, but with memory that shows what is read too late.</summary>
    public static PipeOptions Threaded() => new(pool: CheckedPool.Create().AsMemoryPool(), useSynchronizationContext: false);

    public static (DuplexPipe Near, DuplexPipe Far) CreatePair(long pause = 1024 * 1024, PoisoningPool? pool = null)
    {
        var memory = (pool ?? CheckedPool.Create()).AsMemoryPool();
        var (there, back) = (new Pipe(Inline(pause, memory)), new Pipe(Inline(pause, memory)));
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }

    /// <summary>Ends both directions, so that their memory is given back.</summary>
    public async ValueTask CompleteAsync()
    {
        await Input.CompleteAsync();
        await Output.CompleteAsync();
    }
}
