namespace FileTransfer;

/// <summary>
/// The folder that uploads go to. A file is written beside its place, under a name nobody can guess, and takes its name when
/// it is complete: what is seen under its own name is whole.
/// </summary>
internal sealed class FileStore
{
    private const string PartPattern = ".upload-*.part";
    private readonly string _folder;
    private readonly bool _overwrite;
    private readonly Func<string, Stream> _create;

    private FileStore(string folder, bool overwrite, Func<string, Stream> create)
    {
        _folder = folder;
        _overwrite = overwrite;
        _create = create;
    }

    /// <summary>Opens a folder, made if it is not there, and removes what earlier runs left unfinished.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="overwrite">Whether an upload may replace a file.</param>
    /// <param name="create">Creates the file of a part; on the disk when <see langword="null"/>.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used.</exception>
    public static FileStore Open(string folder, bool overwrite = false, Func<string, Stream>? create = null)
    {
        folder = Directory.CreateDirectory(folder).FullName;
        foreach (var leftover in Directory.EnumerateFiles(folder, PartPattern))
        {
            RemoveUnlessInUse(leftover);
        }

        // Say now, not at the first upload, that nothing can be written here.
        var probe = NewPartPath(folder);
        CreateOnDisk(probe).Dispose();
        File.Delete(probe);
        return new(folder, overwrite, create ?? CreateOnDisk);
    }

    /// <summary>Begins a file.</summary>
    /// <param name="name">The name that the client chose.</param>
    /// <exception cref="UploadRefusedException">The name is not safe, or taken, or the disk says no.</exception>
    public PartFile Begin(string? name)
    {
        if (SafeFileName.Refusal(name) is { } refusal)
        {
            throw new UploadRefusedException(refusal);
        }

        var path = Path.Combine(_folder, name!);
        ThrowIfTaken(path);
        try
        {
            var part = NewPartPath(_folder);
            return new(_create(part), part, path, _overwrite);
        }
        catch (Exception e) when (DiskFailure.Is(e))
        {
            throw DiskFailure.Refusal(e);
        }
    }

    /// <summary>Early, so that the body need not be taken first; <see cref="PartFile.Keep"/> decides, in one step with taking the name.</summary>
    private void ThrowIfTaken(string path)
    {
        var file = new FileInfo(path);
        if (Directory.Exists(path) || file.LinkTarget is not null)
        {
            throw new UploadRefusedException("the name is taken by something that is not a file");
        }

        if (file.Exists && !_overwrite)
        {
            throw new UploadRefusedException(PartFile.Taken);
        }
    }

    private static string NewPartPath(string folder) => Path.Combine(folder, PartPattern.Replace("*", Guid.NewGuid().ToString("N"), StringComparison.Ordinal));

    private static FileStream CreateOnDisk(string path) => new(path, new FileStreamOptions
    {
        // CreateNew never opens what is there already, be it a link; no share tells another server that the part is alive.
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.None,
        Options = FileOptions.Asynchronous,
        BufferSize = 0,
    });

    private static void RemoveUnlessInUse(string path)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is null)
            {
                using var unused = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None);
            }

            File.Delete(path);
        }
        catch (IOException)
        {
            // Another server is writing it.
        }
    }
}
