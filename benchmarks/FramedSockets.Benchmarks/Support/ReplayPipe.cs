using System.Buffers;
using System.IO.Pipelines;

namespace FramedSockets.Benchmarks.Support;

/// <summary>A connection without a network: so many reads of the same bytes, and what is written goes to a writer that forgets it.</summary>
internal sealed class ReplayPipe(ReadOnlySequence<byte> bytes, int reads, DiscardPipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = new ReplayPipeReader(bytes, reads);

    public PipeWriter Output => output;
}
