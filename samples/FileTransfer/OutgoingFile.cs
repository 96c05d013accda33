namespace FileTransfer;

/// <summary>A file on its way out. Its bytes are hashed as they are read, so that they are read once.</summary>
internal sealed class OutgoingFile : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly HashingStream _body;
    private StoredFile? _sent;

    private OutgoingFile(string path, FileStream file)
    {
        _file = file;
        _body = new(file);
        Name = Path.GetFileName(path);
        Length = file.Length;
    }

    public string Name { get; }

    public long Length { get; }

    /// <summary>The bytes to send.</summary>
    public Stream Body => _body;

    /// <summary>How many bytes were read. Any thread.</summary>
    public long Progress => _body.Count;

    /// <summary>What was sent, once it was.</summary>
    public StoredFile Sent => _sent ?? throw new InvalidOperationException("The file was not sent.");

    /// <exception cref="UnreadableFileException">There is no such file, or it cannot be read.</exception>
    public static OutgoingFile Open(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw new UnreadableFileException("it is a folder");
            }

            return new(path, OpenChecked(path));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException || DiskFailure.Is(e))
        {
            throw new UnreadableFileException(Reason(e), e);
        }
    }

    /// <summary>Says that all bytes were sent.</summary>
    public StoredFile Finish() => _sent = new(Name, Length, _body.FinishHash());

    public async ValueTask DisposeAsync()
    {
        await _body.DisposeAsync();
        await _file.DisposeAsync();
    }

    private static FileStream OpenChecked(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        try
        {
            // A file of the system's own may have bytes and say that it has none.
            return file.Length > 0 || file.ReadByte() < 0 ? file : throw new NotSupportedException();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "it may not be read",
        ArgumentException => "it is no name of a file",
        NotSupportedException => "it is not a file with a length",
        _ => e.Message,
    };
}
