using System.IO.Pipelines;

namespace FramedSockets.Tests.Support;

/// <summary>Two ends of a byte stream in memory; every step runs where it is caused.</summary>
internal sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe
{
    public static PipeOptions Inline(long pause = 1024 * 1024) => new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: pause, resumeWriterThreshold: pause / 2, useSynchronizationContext: false);

    public static (DuplexPipe Near, DuplexPipe Far) CreatePair(long pause = 1024 * 1024)
    {
        var (there, back) = (new Pipe(Inline(pause)), new Pipe(Inline(pause)));
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }
}
