using System.Net;
using FileTransfer;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.FileTransfer;

/// <summary>The sample's server in this process, in a folder of its own that stands beside a neighbour.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly TemporaryFolder _root = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly UploadServer _server;

    private RunningServer(long maxFile, bool overwrite, int? count, Func<string, Stream>? create)
    {
        _root.Write("neighbour", "untouched"u8);
        var options = new UploadServerOptions(new IPEndPoint(IPAddress.Loopback, 0), maxFile, count);
        var log = new UploadLog(TextWriter.Synchronized(_output), TextWriter.Synchronized(_errors));
        _server = new(FileStore.Open(_root.PathOf("in"), overwrite, create), options, log);
    }

    public EndPoint EndPoint => _server.EndPoint!;

    public Task CountReached => _server.CountReached;

    public string Output => _output.ToString();

    public string Errors => _errors.ToString();

    /// <summary>Everything below the folder's parent.</summary>
    public string[] Files => _root.Files;

    public byte[] Read(string name) => _root.Read(Path.Combine("in", name));

    public string PathOf(string name) => _root.PathOf(Path.Combine("in", name));

    public static async Task<RunningServer> StartAsync(
        long maxFile = UploadServerOptions.DefaultMaxFile, bool overwrite = false, int? count = null, Func<string, Stream>? create = null)
    {
        var server = new RunningServer(maxFile, overwrite, count, create);
        await server._server.StartAsync().Soon();
        return server;
    }

    public Task StopAsync() => _server.StopAsync(CancellationToken.None).Soon();

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new(canceled: true)).Soon();
        await _server.DisposeAsync();
        _root.Dispose();
    }
}
