namespace FramedSockets.Tests.Support;

/// <summary>A test class that cleans up after each test, and checks what it finds: xunit by itself calls no <see cref="IAsyncDisposable"/>.</summary>
public abstract class CleanedUp : IAsyncLifetime, IAsyncDisposable
{
    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public abstract ValueTask DisposeAsync();
}
