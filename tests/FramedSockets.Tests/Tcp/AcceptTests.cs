using System.Net;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Accepting goes on, whatever an accept throws: later each time, and never in a hot loop.</summary>
public sealed class AcceptTests : CleanedUp
{
    private readonly PoisonedOptions _options = new(TransportKind.Sockets);
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLog _log = new();

    public override ValueTask DisposeAsync()
    {
        _log.Dispose();
        return _options.DisposeAsync();
    }

    [Fact]
    public async Task It_backs_off_from_10_ms_to_a_second_and_goes_on()
    {
        var transport = new Failing();
        var server = await Start(transport);
        var expected = 0; // two timers: the wait and the sweep
        foreach (var wait in new[] { 10, 20, 40, 80, 160, 320, 640, 1000, 1000 })
        {
            expected++;
            await Timeouts.Until(() => _clock.PendingTimers == 2);
            Assert.Equal(expected, transport.Accepts);
            _clock.Advance(TimeSpan.FromMilliseconds(wait - 1));
            Assert.Equal(2, _clock.PendingTimers);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await Timeouts.Until(() => transport.Accepts == expected + 1 && _clock.PendingTimers == 2);
        transport.IsClosed = true;
        _clock.Advance(TimeSpan.FromSeconds(1));
        _ = await server.StopAsync().Soon();
    }

    [Fact]
    public async Task It_speaks_of_failures_once_a_minute_and_counts_each()
    {
        using var counts = new ServerCounts();
        var transport = new Failing { Error = SocketError.TooManyOpenSockets };
        var server = await Start(transport);
        while (_clock.GetTimestamp() < TimeSpan.FromSeconds(59).Ticks)
        {
            await Timeouts.Until(() => _clock.PendingTimers == 2);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Timeouts.Until(() => _clock.PendingTimers == 2);
        Assert.Contains("failed 1 times, the last time with TooManyOpenSockets", Assert.Single(_log.Of("AcceptFailed")));
        Assert.Equal(transport.Accepts, counts.Of(transport.EndPoint, "accepts.failed TooManyOpenSockets"));

        // The first try of these may come a moment before the minute is over.
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Timeouts.Until(() => _clock.PendingTimers == 2);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Timeouts.Until(() => _log.Of("AcceptFailed").Count == 2);
        _ = await server.StopAsync().Soon();
    }

    [Fact]
    public async Task A_stop_wakes_it()
    {
        var server = await Start(new Failing());
        await Timeouts.Until(() => _clock.PendingTimers == 2);
        _ = await server.StopAsync().Soon();
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public async Task A_stop_ends_it_where_it_can_ask_for_nobody()
    {
        var server = await Start(new Failing { Error = SocketError.TooManyOpenSockets, IsStubborn = true });
        await Timeouts.Until(() => _clock.PendingTimers == 2);
        _ = await server.StopAsync().Soon();
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listener_that_cannot_be_closed_does_not_keep_the_server_from_stopping(bool waits)
    {
        var server = await Start(new Failing { ClosesBadly = true, Waits = waits });
        await Timeouts.Until(() => _clock.PendingTimers == (waits ? 1 : 2));
        _ = await server.StopAsync().Soon();
        await Timeouts.Until(() => _clock.PendingTimers == 0);
        _ = Assert.Single(_log.Of("ListenerFailed"));
    }

    [Theory]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.AccessDenied)]
    public async Task What_befell_one_peer_holds_nobody_up_but_does_not_spin(SocketError error)
    {
        var transport = new Failing { Error = error };
        var server = await Start(transport);
        await Timeouts.Until(() => _clock.PendingTimers == 2);
        Assert.Equal(2, transport.Accepts);
        _ = await server.StopAsync().Soon();
    }

    private async Task<TcpFrameServer<int>> Start(Failing transport)
    {
        var server = new TcpFrameServer<int>(new TagCodec(), Loopback.Echo, _options.Server with
        {
            Transport = transport,
            Connection = _options.Connection with { TimeProvider = _clock },
            LoggerFactory = _log,
        });
        await server.StartAsync().Soon();
        return server;
    }

    /// <summary>A listener without descriptors, and now and then with worse.</summary>
    private sealed class Failing : IFrameTransport, ITransportListener
    {
        private static int _lastPort;

        public int Accepts { get; private set; }

        public bool IsClosed { get; set; }

        public SocketError? Error { get; init; }

        /// <summary>Whether it fails on when it is closed.</summary>
        public bool IsStubborn { get; init; }

        public bool ClosesBadly { get; init; }

        /// <summary>Whether an accept waits for ever.</summary>
        public bool Waits { get; init; }

        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, Interlocked.Increment(ref _lastPort));

        public ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default) => new(this);

        public ValueTask<ITransportConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            if (IsClosed && !IsStubborn)
            {
                return new((ITransportConnection?)null);
            }

            Accepts++;
            if (Waits)
            {
                return new(new TaskCompletionSource<ITransportConnection?>().Task);
            }

            if (Error is { } error)
            {
                throw new SocketException((int)error);
            }

            throw Accepts % 2 == 0 ? new SocketException((int)SocketError.TooManyOpenSockets) : new InvalidOperationException("a bug of the transport");
        }

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return ClosesBadly ? throw new UnauthorizedAccessException("a file that may not be deleted") : default;
        }
    }
}
