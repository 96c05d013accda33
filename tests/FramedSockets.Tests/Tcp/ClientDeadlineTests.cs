using System.Net;
using System.Net.Sockets;
using FramedSockets.Framing;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A client holds its server to the lowest rates, and to what else it is told to; it looks only while it has connections.</summary>
#pragma warning disable CA1001 // IAsyncLifetime disposes
public abstract class ClientDeadlineTests(TransportKind kind) : IAsyncLifetime
#pragma warning restore CA1001
{
    public sealed class OverSockets() : ClientDeadlineTests(TransportKind.Sockets);

    public sealed class OverLinux() : ClientDeadlineTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : ClientDeadlineTests(TransportKind.LinuxInline);

    private readonly ManualTimeProvider _clock = new();
    private readonly PoisoningPool _pool = new();
    private readonly TagCodec _codec = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private FrameConnection<int> _connection = null!;
    private Socket _server = null!;

    public Task InitializeAsync()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _server?.Dispose();
        _listener.Dispose();
        await _connection.DisposeAsync().Soon();
        Beat();
        Assert.Equal(0, _clock.PendingTimers);
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task A_frame_that_stops_coming_ends_after_the_grace()
    {
        await Connect();
        var read = _connection.WaitToReadAsync().Soon();
        _ = await _server.SendAsync(_codec.Frame(1, Frames.Body(100), declared: 1000)).Soon();
        await Timeouts.Until(() => _connection.Reading.Phase == ReadPhase.Frame);
        Beat(5);
        Assert.False(read.IsCompleted);
        Beat();
        _ = await read.Fails(FramedSocketError.ReadTimeout);
        _ = await Assert.ThrowsAsync<IOException>(() => new NetworkStream(_server).ReadAll());
    }

    [Fact]
    public async Task A_first_frame_that_stops_coming_in_its_header_does_so_too()
    {
        await Connect();
        var read = _connection.WaitToReadAsync().Soon();
        _ = await _server.SendAsync(_codec.Frame(1, []).AsMemory(0, 2)).Soon();
        await Timeouts.Until(() => _connection.Reading.HasBegun);
        Beat(5);
        Assert.False(read.IsCompleted);
        Beat();
        _ = await read.Fails(FramedSocketError.ReadTimeout);
    }

    [Fact]
    public async Task A_server_that_takes_nothing_ends_after_the_grace()
    {
        await Connect();
        var send = _connection.SendAsync(1, Frames.Body(16 * 1024 * 1024)).Soon();
        await Timeouts.Until(() => _connection.Writing.IsSending);

        // What the system can hold has been taken by and by; from then on nothing moves.
        for (var beat = 0; beat < 100 && _connection.Reason is null; beat++)
        {
            Beat();
        }

        _ = await send.Fails(FramedSocketError.WriteTimeout);
    }

    [Fact]
    public async Task By_default_it_waits_for_the_first_frame_and_for_the_next_as_long_as_that_takes()
    {
        await Connect();
        var first = _connection.ReadAsync().Soon();
        await Timeouts.Until(() => _connection.Reading.Phase == ReadPhase.FirstHeader);
        Beat(3600);
        _ = await _server.SendAsync(_codec.Frame(1, [])).Soon();
        Assert.Equal(1, (await first).Header);
        var next = _connection.ReadAsync().Soon();
        await Timeouts.Until(() => _connection.Reading.Phase == ReadPhase.Border);
        Beat(3600);
        _ = await _server.SendAsync(_codec.Frame(2, [])).Soon();
        Assert.Equal(2, (await next).Header);
    }

    [Fact]
    public async Task Told_to_it_ends_a_server_that_answers_late_and_one_that_rests()
    {
        await Connect(new FrameDeadlines { FirstHeader = TimeSpan.FromSeconds(3) });
        var read = _connection.WaitToReadAsync().Soon();
        await Timeouts.Until(() => _connection.Reading.Phase == ReadPhase.FirstHeader);
        Beat(2);
        Assert.False(read.IsCompleted);
        Beat();
        _ = await read.Fails(FramedSocketError.HeaderTimeout);

        _server.Dispose();
        await _connection.DisposeAsync().Soon();
        await Connect(new FrameDeadlines { FirstHeader = TimeSpan.Zero, Idle = TimeSpan.FromSeconds(20) });
        _ = await _server.SendAsync(_codec.Frame(1, [])).Soon();
        _ = await _connection.ReadAsync().Soon();
        read = _connection.WaitToReadAsync().Soon();
        await Timeouts.Until(() => _connection.Reading.Phase == ReadPhase.Border);
        Beat(20);
        Assert.False(read.IsCompleted);
        Beat();
        _ = await read.Fails(FramedSocketError.IdleTimeout);
    }

    [Fact]
    public async Task It_looks_once_a_second_while_there_is_a_connection_and_not_at_all_without_deadlines()
    {
        var client = Client(null);
        for (var round = 0; round < 3; round++)
        {
            await Connect(client);
            Assert.Equal(1, _clock.PendingTimers);
            Beat(10);
            Assert.Equal(1, _clock.PendingTimers);
            _server.Dispose();
            await _connection.DisposeAsync().Soon();
            Beat();
            Assert.Equal(0, _clock.PendingTimers);
        }

        await Connect(FrameDeadlines.None);
        Assert.Equal(0, _clock.PendingTimers);
    }

    private Task Connect(FrameDeadlines? deadlines = null) => Connect(Client(deadlines));

    private TcpFrameClient<int> Client(FrameDeadlines? deadlines)
    {
        var options = new TcpFrameClientOptions
        {
            Transport = Transports.Create(kind, new() { Pool = _pool, LingerTimeout = TimeSpan.Zero }),
            Connection = new() { Pool = _pool, TimeProvider = _clock },
        };
        return new(_codec, deadlines is null ? options : options with { Deadlines = deadlines });
    }

    private async Task Connect(TcpFrameClient<int> client)
    {
        _connection = await client.ConnectAsync(_listener.LocalEndPoint!).Soon();
        _server = await _listener.AcceptAsync().Soon();
    }

    private void Beat(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _clock.Advance(Heartbeat.Interval);
        }
    }
}
