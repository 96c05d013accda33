using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.FileTransfer;

/// <summary>The sample's server as a process that listens.</summary>
internal sealed record ServeProcess(RunningProcess Process, string Address) : IAsyncDisposable
{
    private const string Prefix = "listening on ";

    public static async Task<ServeProcess> StartAsync(string folder, params string[] more)
    {
        var process = RunningProcess.Sample("FileTransfer", ["serve", "--port", "0", "--dir", folder, .. more]);
        var line = await process.ReadLineAsync();
        Assert.StartsWith(Prefix, line, StringComparison.Ordinal);
        return new(process, line[Prefix.Length..]);
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
