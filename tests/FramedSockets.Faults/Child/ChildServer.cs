using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Child;

/// <summary>A server in a process of its own, so that what it holds can be measured; its standard input says what it is to do.</summary>
internal sealed class ChildServer(TcpFrameServerOptions options, CountingLog log) : IAsyncDisposable
{
    public const string Name = "serve";

    private readonly ServerCounts _counts = new();
    private readonly List<FileStream> _hoard = [];
    private TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpFrameServer<Order> _server = null!;
    private long _begun;
    private long _over;
    private long _frames;

    public static async Task RunAsync(string json)
    {
        var wanted = JsonSerializer.Deserialize(json, ChildJson.Default.ServeOptions)!;
        using var certificates = new Certificates();
        using var log = new CountingLog();
        await using var child = new ChildServer(ToOptions(wanted, certificates, log), log);
        await child.StartAsync();
        var greeting = new ServerGreeting(
            ((IPEndPoint)child._server.LocalEndPoint!).Port, wanted.IsTls ? Convert.ToBase64String(certificates.Authority.RawData) : "");
        Console.WriteLine(JsonSerializer.Serialize(greeting, ChildJson.Default.ServerGreeting));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine(await child.DoAsync(line.Split(' ', 2)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ = _go.TrySetResult();
        await _server.DisposeAsync();
        _hoard.ForEach(file => file.Dispose());
        _counts.Dispose();
    }

    private static TcpFrameServerOptions ToOptions(ServeOptions wanted, Certificates certificates, CountingLog log)
    {
        var usual = ServerAdmission.Default;
        return new()
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, wanted.Port),
            Transport = Transports.Create(wanted.Transport),
            Admission = usual with
            {
                MaxConnections = wanted.MaxConnections ?? usual.MaxConnections,
                MaxHandshakes = wanted.MaxHandshakes ?? usual.MaxHandshakes,
            },
            Deadlines = wanted.IsPatient ? FrameDeadlines.None : FrameDeadlines.Default,
            Tls = wanted.IsTls ? new() { ServerCertificate = certificates.Server() } : null,
            DrainTimeout = wanted.DrainTimeout is { } seconds ? TimeSpan.FromSeconds(seconds) : new TcpFrameServerOptions().DrainTimeout,
            LoggerFactory = log,
        };
    }

    private Task StartAsync()
    {
        _server = new(Wire.Codec, ServeAsync, options);
        return _server.StartAsync();
    }

    private async Task<string> DoAsync(string[] words)
    {
        switch (words)
        {
            case ["look"]:
                return JsonSerializer.Serialize(Look(), ChildJson.Default.ServerState);
            case ["state"]:
                Heap.Collect();
                return JsonSerializer.Serialize(Look(), ChildJson.Default.ServerState);
            case ["count", var name]:
                return $"{_counts.Of(_server.LocalEndPoint!, name)}";
            case ["sum", var start]:
                return $"{_counts.SumOf(_server.LocalEndPoint!, start)}";
            case ["lines", var name]:
                return $"{log.Count(name)}";
            case ["go"]:
                _go.SetResult();
                _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return "gone";
            case ["hoard", var files]:
                _hoard.AddRange(Enumerable.Range(0, int.Parse(files)).Select(_ => File.OpenRead("/dev/null")));
                return "hoarded";
            case ["stop"]:
                var began = Stopwatch.GetTimestamp();
                var report = await _server.StopAsync();
                return $"{report.Drained} {report.Cut.Count} {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0}";
            default:
                throw new ArgumentException($"Nobody knows how to {string.Join(' ', words)}.");
        }
    }

    private ServerState Look()
    {
        using var process = Process.GetCurrentProcess();
        return new(
            _server.ConnectionCount,
            Interlocked.Read(ref _begun),
            Interlocked.Read(ref _over),
            Interlocked.Read(ref _frames),
            Heap.Live,
            process.WorkingSet64,
            process.Threads.Count,
            Directory.GetFiles("/proc/self/fd").Length,
            process.TotalProcessorTime.TotalMilliseconds);
    }

    private async Task ServeAsync(FrameConnection<Order> connection)
    {
        _ = Interlocked.Increment(ref _begun);
        try
        {
            await foreach (var frame in connection.ReadAllAsync())
            {
                _ = Interlocked.Increment(ref _frames);
                await HandleAsync(connection, frame);
            }
        }
        finally
        {
            _ = Interlocked.Increment(ref _over);
        }
    }

    private ValueTask HandleAsync(FrameConnection<Order> connection, Frame<Order> frame)
    {
        switch (frame.Header.Do)
        {
            case "echo" when frame.IsStreamed:
                return connection.SendAsync(frame.Header, frame.BodyReader, frame.BodyLength);
            case "echo":
                return connection.SendAsync(frame.Header, frame.Body);
            case "tell":
                return connection.SendAsync(frame.Header, default);
            case "wait":
                return WaitAsync(connection, frame.Header);
            case "throw":
                throw new InvalidOperationException("The handler's own.");
            default:
                return default;
        }
    }

    /// <summary>Waits, and then sends as much as was asked for.</summary>
    private async ValueTask WaitAsync(FrameConnection<Order> connection, Order order)
    {
        await _go.Task;
        if (order.Id > 0)
        {
            await connection.SendAsync(order, Wire.Body((int)order.Id));
        }
    }
}
