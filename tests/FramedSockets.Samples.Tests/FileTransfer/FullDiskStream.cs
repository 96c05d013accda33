namespace FramedSockets.Samples.Tests.FileTransfer;

/// <summary>A file on a disk that has room for so many bytes: it fails as the system does then.</summary>
internal sealed class FullDiskStream(string path, long room) : FileStream(path, FileMode.CreateNew, FileAccess.Write)
{
    private const int NoSpace = 28;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        Position + buffer.Length <= room
            ? base.WriteAsync(buffer, cancellationToken)
            : throw new IOException("No space left on device", NoSpace);
}
