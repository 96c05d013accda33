using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>A Linux transport with one loop, whose system calls a test may meddle with, and a listener of it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Rig : IAsyncDisposable
{
    private readonly ConcurrentDictionary<SystemCall, ConcurrentQueue<int>> _planned = new();
    private ITransportListener _listener = null!;

    private Rig(LinuxTransportOptions options) => Transport = new(options, new(Meddle));

    public LinuxTransport Transport { get; }

    public PoisoningPool Pool { get; private init; } = null!;

    public RecordingLog Log { get; private init; } = null!;

    public EndPoint EndPoint => _listener.EndPoint;

    /// <summary>Told of each call.</summary>
    public Action<SystemCall>? OnCall { get; set; }

    public static async Task<Rig> Start(
        LinuxScheduling scheduling, EndPoint? endPoint = null, Func<LinuxTransportOptions, LinuxTransportOptions>? with = null)
    {
        var (pool, log) = (new PoisoningPool(), new RecordingLog());
        var options = new LinuxTransportOptions
        {
            Sockets = new() { Pool = pool, LingerTimeout = TimeSpan.FromMilliseconds(200) },
            Scheduling = scheduling,
            LoopCount = 1,
            LoggerFactory = log,
        };
        var rig = new Rig(with?.Invoke(options) ?? options) { Pool = pool, Log = log };
        rig._listener = await rig.Transport.ListenAsync(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0)).Soon();
        return rig;
    }

    /// <summary>The next calls have these results: error numbers below zero; above, so many bytes at most are sent; zero as it comes.</summary>
    public void Plan(SystemCall call, params int[] results)
    {
        var planned = _planned.GetOrAdd(call, _ => new());
        foreach (var result in results)
        {
            planned.Enqueue(result);
        }
    }

    public Task<ITransportConnection?> Accept() => _listener.AcceptAsync().Soon();

    /// <summary>A connection and its peer, which is only a socket.</summary>
    public async Task<(ITransportConnection Here, Socket Peer)> Connect()
    {
        var peer = await ConnectPeer();
        return ((await Accept())!, peer);
    }

    public async Task<Socket> ConnectPeer()
    {
        var peer = new Socket(EndPoint.AddressFamily, SocketType.Stream, EndPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await peer.ConnectAsync(EndPoint).Soon();
        return peer;
    }

    public static async Task Close(ITransportConnection connection)
    {
        await connection.Input.CompleteAsync();
        await connection.Output.CompleteAsync();
        await connection.DisposeAsync().Soon();
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await Pool.EnsureAllReturnedAsync();
    }

    private int Meddle(SystemCall call)
    {
        OnCall?.Invoke(call);
        return _planned.TryGetValue(call, out var planned) && planned.TryDequeue(out var result) ? result : 0;
    }
}
