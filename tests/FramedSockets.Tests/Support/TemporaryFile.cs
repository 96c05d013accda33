namespace FramedSockets.Tests.Support;

/// <summary>A file with the bytes of <see cref="Frames.Body"/>, until it is disposed; whoever opened it must have closed it by then.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(int length)
    {
        Bytes = Frames.Body(length);
        File.WriteAllBytes(FullName, Bytes);
    }

    public string FullName { get; } = Path.Combine(Path.GetTempPath(), $"framed-{Guid.NewGuid():N}");

    public byte[] Bytes { get; }

    public FileStream Open(FileShare share = FileShare.Read, bool isAsync = false) =>
        new(FullName, FileMode.Open, FileAccess.Read, share, 4096, isAsync);

    /// <summary>Leaves so many bytes of it.</summary>
    public void Truncate(long length)
    {
        using var file = new FileStream(FullName, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }

    public void Dispose()
    {
        // Whoever still has it open does not let this be.
        using (new FileStream(FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
        }

        File.Delete(FullName);
    }
}
