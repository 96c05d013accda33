using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>An echo server over one event loop in a process of its own, whose system calls may fail without harm to anybody else.</summary>
[SupportedOSPlatform("linux")]
internal sealed class EchoChild : IAsyncDisposable
{
    public const string Name = "echo";
    private readonly Process _process;
    private readonly IPEndPoint _endPoint;
    private readonly PoisonedOptions _options = new(TransportKind.Sockets);
    private readonly TcpFrameClient<int> _client;

    private EchoChild(Process process, int port) => (_process, _endPoint, _client) = (process, new(IPAddress.Loopback, port), new(new TagCodec(), _options.Client));

    public int Id => _process.Id;

    /// <summary>The thread of its loop.</summary>
    public int LoopId => int.Parse(Path.GetFileName(Directory.GetDirectories($"/proc/{Id}/task")
        .Single(task => File.ReadAllText($"{task}/comm").StartsWith("FramedSockets l", StringComparison.Ordinal))));

    public static async Task<EchoChild> StartAsync(LinuxScheduling scheduling)
    {
        string[] arguments = [typeof(EchoChild).Assembly.Location, Name, $"{scheduling}"];
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var port = await process.StandardOutput.ReadLineAsync().Soon();
        return new(process, int.Parse(port!));
    }

    /// <summary>A connection to it, over the portable transport.</summary>
    public Task<FrameConnection<int>> ConnectAsync() => _client.ConnectAsync(_endPoint).Soon();

    /// <summary>Sends frames of these lengths over a connection, and looks whether each comes back.</summary>
    public static async Task EchoAsync(FrameConnection<int> connection, params int[] lengths)
    {
        foreach (var length in lengths)
        {
            var sending = connection.SendAsync(length, Frames.Body(length)).AsTask();
            Assert.True(await connection.WaitToReadAsync().Soon());
            Assert.True(connection.TryRead(out var frame));
            Assert.Equal(Frames.Body(length), System.Buffers.BuffersExtensions.ToArray(frame.Body));
            await sending.Soon();
        }
    }

    /// <summary>Looks whether a new connection is served.</summary>
    public async Task ServesAsync()
    {
        await using var connection = await ConnectAsync();
        await EchoAsync(connection, 1, 1000);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().Soon();
        Assert.Equal(0, _process.ExitCode);
        _process.Dispose();
        await _options.DisposeAsync();
    }

    /// <summary>The child's side.</summary>
    public static async Task RunAsync(string scheduling)
    {
        var pool = new PoisoningPool();
        var transport = new LinuxTransport(
            new() { Sockets = new() { Pool = pool }, Scheduling = Enum.Parse<LinuxScheduling>(scheduling), LoopCount = 1 });
        await using (var server = new TcpFrameServer<int>(
            new TagCodec(),
            (connection, frame) => connection.SendAsync(frame.Header, frame.Body),
            new() { Transport = transport, Connection = new() { Pool = pool } }))
        {
            await server.StartAsync();
            Console.WriteLine(((IPEndPoint)server.LocalEndPoint!).Port);
            while (await Console.In.ReadLineAsync() is not null)
            {
            }
        }

        await pool.EnsureAllReturnedAsync();
    }
}
