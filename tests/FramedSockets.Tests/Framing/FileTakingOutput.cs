using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Tests.Framing;

/// <summary>An output that takes files, as far as a test says.</summary>
/// <param name="inner">Where all bytes go.</param>
/// <param name="answer">Told of the offset and the length; says how much of it is taken, or throws.</param>
/// <param name="onTaken">Told of the offset when that was done.</param>
internal sealed class FileTakingOutput(ScriptedWriter inner, Func<long, int, int> answer, Action<long> onTaken) : PipeWriter, IFileOutput
{
    public int TrySendFile(SafeFileHandle file, long offset, int length)
    {
        Assert.Empty(inner.GetWritten());
        var most = answer(offset, length);
        if (most <= 0)
        {
            return most;
        }

        if (file.IsClosed)
        {
            return -1;
        }

        var bytes = new byte[Math.Min(most, length)];
        var count = RandomAccess.Read(file, bytes, offset);
        inner.Write(bytes.AsSpan(0, count));
        Assert.True(inner.FlushAsync().IsCompletedSuccessfully);
        onTaken(offset);
        return count > 0 ? count : -1;
    }

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
