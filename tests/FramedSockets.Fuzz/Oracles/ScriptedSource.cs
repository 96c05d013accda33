namespace FramedSockets.Fuzz.Oracles;

/// <summary>A body's source that gives so many bytes, in pieces, and then ends or fails.</summary>
internal sealed class ScriptedSource(byte[] bytes, int piece, bool fails) : Stream
{
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_at == bytes.Length && fails)
        {
            throw new SourceFailedException();
        }

        var count = Math.Min(Math.Min(piece, bytes.Length - _at), buffer.Length);
        bytes.AsSpan(_at, count).CopyTo(buffer.Span);
        _at += count;
        return new(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>What a source throws that fails.</summary>
    public sealed class SourceFailedException : Exception;
}
