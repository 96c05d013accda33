using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Accepting goes on, whatever an accept throws: later each time, and never in a hot loop.</summary>
public sealed class AcceptTests
{
    [Fact]
    public async Task It_backs_off_from_10_ms_to_a_second_and_goes_on()
    {
        var clock = new ManualTimeProvider();
        var transport = new Failing();
        var server = new TcpFrameServer<int>(
            new TagCodec(), Loopback.Echo, new() { Transport = transport, Connection = new() { TimeProvider = clock } });
        await server.StartAsync().Soon();
        var expected = 0; // two timers: the wait and the sweep
        foreach (var wait in new[] { 10, 20, 40, 80, 160, 320, 640, 1000, 1000 })
        {
            expected++;
            await Timeouts.Until(() => clock.PendingTimers == 2);
            Assert.Equal(expected, transport.Accepts);
            clock.Advance(TimeSpan.FromMilliseconds(wait - 1));
            Assert.Equal(2, clock.PendingTimers);
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await Timeouts.Until(() => transport.Accepts == expected + 1 && clock.PendingTimers == 2);
        transport.IsClosed = true;
        clock.Advance(TimeSpan.FromSeconds(1));
        _ = await server.StopAsync().Soon();
    }

    [Fact]
    public async Task It_speaks_of_failures_once_a_minute_and_counts_each()
    {
        var clock = new ManualTimeProvider();
        using var log = new RecordingLog();
        using var counts = new ServerCounts();
        var transport = new Failing { Error = SocketError.TooManyOpenSockets };
        var server = new TcpFrameServer<int>(
            new TagCodec(), Loopback.Echo, new() { Transport = transport, Connection = new() { TimeProvider = clock }, LoggerFactory = log });
        await server.StartAsync().Soon();
        while (clock.GetTimestamp() < TimeSpan.FromSeconds(59).Ticks)
        {
            await Timeouts.Until(() => clock.PendingTimers == 2);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Timeouts.Until(() => clock.PendingTimers == 2);
        Assert.Contains("failed 1 times, the last time with TooManyOpenSockets", Assert.Single(log.Of("AcceptFailed")));
        Assert.Equal(transport.Accepts, counts.Of(transport.EndPoint, "accepts.failed TooManyOpenSockets"));

        // The first try of these may come a moment before the minute is over.
        clock.Advance(TimeSpan.FromSeconds(1));
        await Timeouts.Until(() => clock.PendingTimers == 2);
        clock.Advance(TimeSpan.FromSeconds(1));
        await Timeouts.Until(() => log.Of("AcceptFailed").Count == 2);
        _ = await server.StopAsync().Soon();
    }

    [Fact]
    public async Task A_stop_wakes_it()
    {
        var clock = new ManualTimeProvider();
        var server = new TcpFrameServer<int>(
            new TagCodec(), Loopback.Echo, new() { Transport = new Failing(), Connection = new() { TimeProvider = clock } });
        await server.StartAsync().Soon();
        await Timeouts.Until(() => clock.PendingTimers == 2);
        _ = await server.StopAsync().Soon();
        Assert.Equal(0, clock.PendingTimers);
    }

    [Theory]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.AccessDenied)]
    public async Task What_befell_one_peer_holds_nobody_up_but_does_not_spin(SocketError error)
    {
        var clock = new ManualTimeProvider();
        var transport = new Failing { Error = error };
        var server = new TcpFrameServer<int>(
            new TagCodec(), Loopback.Echo, new() { Transport = transport, Connection = new() { TimeProvider = clock } });
        await server.StartAsync().Soon();
        await Timeouts.Until(() => clock.PendingTimers == 2);
        Assert.Equal(2, transport.Accepts);
        _ = await server.StopAsync().Soon();
    }

    /// <summary>A listener without descriptors, and now and then with worse.</summary>
    private sealed class Failing : IFrameTransport, ITransportListener
    {
        private static int _lastPort;

        public int Accepts { get; private set; }

        public bool IsClosed { get; set; }

        public SocketError? Error { get; init; }

        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, Interlocked.Increment(ref _lastPort));

        public ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default) => new(this);

        public ValueTask<ITransportConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            if (IsClosed)
            {
                return new((ITransportConnection?)null);
            }

            Accepts++;
            if (Error is { } error)
            {
                throw new SocketException((int)error);
            }

            throw Accepts % 2 == 0 ? new SocketException((int)SocketError.TooManyOpenSockets) : new InvalidOperationException("a bug of the transport");
        }

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return default;
        }
    }
}
