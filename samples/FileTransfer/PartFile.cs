using System.Security.Cryptography;

namespace FileTransfer;

/// <summary>A file that is being received, under a name of its own. Disposing it before <see cref="Keep"/> removes it.</summary>
internal sealed class PartFile(Stream stream, string partPath, string path, bool overwrite) : IAsyncDisposable
{
    public const string Taken = "a file of that name is there already";

    // Moving looks whether the name is taken and then renames: of two uploads of one name, one is refused.
    private static readonly Lock Naming = new();

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _length;
    private bool _kept;

    /// <exception cref="UploadRefusedException">The disk is full, or failed.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (Exception e) when (DiskFailure.Is(e))
        {
            throw DiskFailure.Refusal(e);
        }

        _hash.AppendData(bytes.Span);
        _length += bytes.Length;
    }

    /// <summary>Gives the file its name.</summary>
    /// <exception cref="UploadRefusedException">The name was taken meanwhile, or the disk failed.</exception>
    public StoredFile Keep()
    {
        try
        {
            stream.Dispose();
            lock (Naming)
            {
                File.Move(partPath, path, overwrite);
            }
        }
        catch (IOException e) when (!overwrite && Path.Exists(path))
        {
            throw new UploadRefusedException(Taken, e);
        }
        catch (Exception e) when (DiskFailure.Is(e))
        {
            throw DiskFailure.Refusal(e);
        }

        _kept = true;
        return new(Path.GetFileName(path), _length, Convert.ToHexStringLower(_hash.GetHashAndReset()));
    }

    private void Remove()
    {
        try
        {
            File.Delete(partPath);
        }
        catch (Exception e) when (DiskFailure.Is(e))
        {
            // What the client is told of is why the file was not kept.
            Console.Error.WriteLine($"error: a part of an upload is left behind: {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        try
        {
            await stream.DisposeAsync();
        }
        finally
        {
            if (!_kept)
            {
                Remove();
            }
        }
    }
}
