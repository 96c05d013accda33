using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace FramedSockets.Transport;

/// <summary>
/// A pair of pipes as the stream that TLS asks for. It reads without a buffer of its own, and an empty read only waits; what is
/// written gathers until it is flushed, or is much.
/// </summary>
/// <remarks>As TLS needs it: one reader and one writer at a time, asynchronous only.</remarks>
internal sealed class PipeStream(IDuplexPipe pipe, TlsTurn turn) : Stream
{
    /// <summary>As many bytes as may gather before they are sent unasked.</summary>
    private const int Much = 64 * 1024;

    private TlsRecords _records;
    private int _gathered;

    /// <summary>Whether the end of the stream was read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether what was read ends inside a record.</summary>
    public bool IsInRecord => _records.IsInside;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (!pipe.Input.TryRead(out var result))
            {
                result = await WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            var source = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
            var count = (int)source.Length;
            source.CopyTo(buffer.Span);
            _records.Pass(buffer.Span[..count]);
            HasEnded |= result.IsCompleted && result.Buffer.IsEmpty;

            // What was not taken is not examined either: the next read has it at once.
            pipe.Input.AdvanceTo(source.End);
            if (count > 0 || result.IsCompleted || (buffer.IsEmpty && !result.Buffer.IsEmpty))
            {
                return count;
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        pipe.Output.Write(buffer.Span);
        _gathered += buffer.Length;
        if (_gathered >= Much)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        _gathered = 0;
        var result = await pipe.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (result.IsCompleted)
        {
            throw new FramedSocketException(FramedSocketError.ConnectionReset, "The peer no longer takes bytes.");
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Waits for bytes, out of turn: what TLS then does with them is in turn again.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        turn.Leave();
        try
        {
            return await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await turn.EnterAsync().ConfigureAwait(false);
        }
    }
}
