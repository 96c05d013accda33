namespace FramedSockets.Samples.Tests.Support;

/// <summary>Tells when something is made in a folder: an upload has begun then, however slow the machine is.</summary>
internal sealed class FolderWatch : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly TaskCompletionSource _created = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FolderWatch(string folder)
    {
        _watcher = new(folder);
        _watcher.Created += (_, _) => _created.TrySetResult();
        _watcher.EnableRaisingEvents = true;
    }

    public Task Created => _created.Task.Soon();

    public void Dispose() => _watcher.Dispose();
}
