using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using FramedSockets.Benchmarks.Support;

namespace FramedSockets.Benchmarks.Udp;

/// <summary>
/// Datagrams over loopback UDP: a burst is sent and then received by one thread, so that the time is that of one core for
/// both ends. The endpoints also frame each datagram and check it; the others only move bytes. The rows that say so, and the raw
/// calls with offload, are connected, which spares the system a look-up of the route a datagram.
/// </summary>
[MemoryDiagnoser]
[BenchmarkCategory("Udp")]
public class DatagramLoopback
{
    private const int Burst = 48;
    private const int PrefixLength = 4;
    private readonly List<IDisposable> _sockets = [];
    private byte[] _body = [];
    private byte[] _datagram = [];
    private byte[] _buffer = [];
    private UdpClient _client = null!;
    private UdpClient _server = null!;
    private UdpClient _connectedClient = null!;
    private UdpClient _connectedServer = null!;
    private IPEndPoint _serverAddress = null!;
    private Socket _sender = null!;
    private Socket _receiver = null!;
    private SocketAddress _target = null!;
    private SocketAddress _source = null!;
    private DatagramPair _default = null!;
    private DatagramPair _portable = null!;
    private DatagramPair _batched = null!;
    private DatagramPair _batchedConnected = null!;
    private RawCalls _messages = null!;
    private RawCalls _messagesConnected = null!;
    private RawCalls _segments = null!;

    /// <summary>Bytes of a datagram, the prefix of 4 included.</summary>
    [Params(64, 1200)]
    public int Datagram { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _body = Bodies.Of(Datagram - PrefixLength);
        _datagram = new byte[Datagram];
        _buffer = new byte[65_536];
        _server = Keep(new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)));
        _client = Keep(new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)));
        _serverAddress = (IPEndPoint)_server.Client.LocalEndPoint!;
        _connectedServer = Keep(new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)));
        _connectedClient = Keep(new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)));
        _connectedClient.Connect((IPEndPoint)_connectedServer.Client.LocalEndPoint!);
        _receiver = Bind();
        _sender = Bind();
        _target = _receiver.LocalEndPoint!.Serialize();
        _source = new(AddressFamily.InterNetwork);
        _default = new(new());
        _portable = new(new() { BatchLength = 1 });
        _batched = new(new() { UseOffload = false });
        _batchedConnected = new(new() { UseOffload = false }, connected: true);
        _messages = new(Bind(), Bind(), Burst, Datagram, offload: false);
        _messagesConnected = new(Connect(out var receiver), receiver, Burst, Datagram, offload: false);
        _segments = new(Connect(out receiver), receiver, Burst, Datagram, offload: true);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _default.DisposeAsync();
        await _portable.DisposeAsync();
        await _batched.DisposeAsync();
        await _batchedConnected.DisposeAsync();
        _sockets.ForEach(socket => socket.Dispose());
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Burst)]
    public async Task<int> UdpClient()
    {
        for (var i = 0; i < Burst; i++)
        {
            await _client.SendAsync(_datagram, _serverAddress);
        }

        var total = 0;
        for (var i = 0; i < Burst; i++)
        {
            total += (await _server.ReceiveAsync()).Buffer.Length;
        }

        return total;
    }

    [Benchmark(OperationsPerInvoke = Burst)]
    public async Task<int> UdpClientConnected()
    {
        for (var i = 0; i < Burst; i++)
        {
            await _connectedClient.SendAsync(_datagram);
        }

        var total = 0;
        for (var i = 0; i < Burst; i++)
        {
            total += (await _connectedServer.ReceiveAsync()).Buffer.Length;
        }

        return total;
    }

    [Benchmark(OperationsPerInvoke = Burst)]
    public async ValueTask<int> SocketAddressByHand()
    {
        for (var i = 0; i < Burst; i++)
        {
            await _sender.SendToAsync(_datagram, SocketFlags.None, _target);
        }

        var total = 0;
        for (var i = 0; i < Burst; i++)
        {
            total += await _receiver.ReceiveFromAsync(_buffer, SocketFlags.None, _source);
        }

        return total;
    }

    [Benchmark(OperationsPerInvoke = Burst)]
    public ValueTask<long> Endpoint() => _default.SendEachAsync(_body, Burst);

    [Benchmark(OperationsPerInvoke = Burst)]
    public ValueTask<long> EndpointPortable() => _portable.SendEachAsync(_body, Burst);

    [Benchmark(OperationsPerInvoke = Burst)]
    public ValueTask<long> EndpointBatch() => _batched.SendTogetherAsync(_body, Burst);

    [Benchmark(OperationsPerInvoke = Burst)]
    public ValueTask<long> EndpointBatchConnected() => _batchedConnected.SendTogetherAsync(_body, Burst);

    [Benchmark(OperationsPerInvoke = Burst)]
    public ValueTask<long> EndpointBatchOffload() => _default.SendTogetherAsync(_body, Burst);

    [Benchmark(OperationsPerInvoke = Burst)]
    public int RawMessages() => _messages.Run();

    [Benchmark(OperationsPerInvoke = Burst)]
    public int RawMessagesConnected() => _messagesConnected.Run();

    [Benchmark(OperationsPerInvoke = Burst)]
    public int RawMessagesOffload() => _segments.Run();

    private Socket Bind()
    {
        var socket = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private Socket Connect(out Socket receiver)
    {
        receiver = Bind();
        var sender = Bind();
        sender.Connect(receiver.LocalEndPoint!);
        return sender;
    }

    private T Keep<T>(T socket)
        where T : IDisposable
    {
        _sockets.Add(socket);
        return socket;
    }
}
