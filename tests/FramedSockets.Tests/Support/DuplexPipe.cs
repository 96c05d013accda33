using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Tests.Support;

/// <summary>Two ends of a byte stream in memory; every step runs where it is caused.</summary>
internal sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe
{
    public static PipeOptions Inline(long pause = 1024 * 1024, MemoryPool<byte>? pool = null) => new(
        pool: pool ?? new PoisoningPool().AsMemoryPool(),
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: pause, resumeWriterThreshold: pause / 2, useSynchronizationContext: false);

    /// <summary>As a pipe is by itself, but with memory that shows what is read too late.</summary>
    public static PipeOptions Threaded() => new(pool: new PoisoningPool().AsMemoryPool(), useSynchronizationContext: false);

    public static (DuplexPipe Near, DuplexPipe Far) CreatePair(long pause = 1024 * 1024)
    {
        var (there, back) = (new Pipe(Inline(pause)), new Pipe(Inline(pause)));
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }
}
