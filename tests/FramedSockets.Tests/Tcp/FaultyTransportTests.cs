using System.IO.Pipelines;
using System.Net;
using FramedSockets.Codecs;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A transport of one's own that throws where it should not: it costs its own connection, and nobody else anything.</summary>
public sealed class FaultyTransportTests : CleanedUp
{
    private static readonly EndPoint AnyPort = new IPEndPoint(IPAddress.Loopback, 0);
    private readonly PoisoningPool _pool = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLog _log = new();
    private readonly MemoryTransport _network;

    public FaultyTransportTests() => _network = new(new() { Pool = _pool });

    private FrameConnectionOptions Options => new() { Pool = _pool, TimeProvider = _clock };

    public override async ValueTask DisposeAsync()
    {
        _log.Dispose();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task A_client_s_deadline_ends_a_connection_whose_abort_throws()
    {
        await using var listener = await _network.ListenAsync(AnyPort).Soon();
        var deadlines = new FrameDeadlines { FirstHeader = TimeSpan.FromSeconds(2) };
        var client = new TcpFrameClient<NoHeader>(
            new LengthPrefixCodec(), new() { Transport = new Faulty(_network, Fault.Abort), Connection = Options, Deadlines = deadlines });
        var connection = await client.ConnectAsync(listener.EndPoint).Soon();
        var far = (await listener.AcceptAsync().Soon())!;
        var read = connection.WaitToReadAsync().Soon();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _ = await read.Fails(FramedSocketError.HeaderTimeout);

        // Who closes it is told.
        _ = await Assert.ThrowsAsync<NotSupportedException>(() => connection.DisposeAsync().Soon());
        await CloseAsync(far);
    }

    [Fact]
    public async Task A_stop_cuts_all_though_the_abort_of_one_throws()
    {
        var inside = 0;
        var server = Server(Fault.Abort, async (connection, frame) =>
        {
            _ = Interlocked.Increment(ref inside);
            await connection.Completion;
        });
        await server.StartAsync().Soon();
        var peers = new[] { await AskAsync(server), await AskAsync(server), await AskAsync(server) };
        await Timeouts.Until(() => Volatile.Read(ref inside) == 3);
        var report = await server.StopAsync(new(true)).Soon();
        Assert.Equal((0, 3), (report.Drained, report.Cut.Count));
        Assert.Equal(0, server.ConnectionCount);
        Assert.Equal((3, 3), (_log.Of("EndFailed").Count, _log.Of("Failed").Count));
        await Task.WhenAll(peers.Select(CloseAsync));
    }

    [Fact]
    public async Task A_connection_that_cannot_be_begun_leaves_its_place()
    {
        var server = Server(Fault.Address, (connection, frame) => connection.SendAsync(frame.Body));
        await server.StartAsync().Soon();
        for (var i = 0; i < 2; i++)
        {
            var refused = await _network.ConnectAsync(server.LocalEndPoint!).Soon();
            _ = await refused.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionReset);
            await CloseAsync(refused);

            // The loop waits before it accepts again, since this was no peer's doing.
            await Timeouts.Until(() => _clock.PendingTimers == 2);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        var served = await AskAsync(server);
        Assert.Equal(5, (await served.Input.ReadAtLeastAsync(5).Soon()).Buffer.Length);
        await CloseAsync(served);
        _ = await server.StopAsync().Soon();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_reports_though_no_address_is_known_behind_the_end(bool closesBadly)
    {
        var inside = 0;
        var server = Server(closesBadly ? Fault.AddressAndClosing : Fault.LaterAddress, async (connection, frame) =>
        {
            _ = Interlocked.Increment(ref inside);
            await connection.Completion;
        });
        await server.StartAsync().Soon();
        var address = server.LocalEndPoint!;
        var peers = new[] { await AskAsync(server), await AskAsync(server) };
        await Timeouts.Until(() => Volatile.Read(ref inside) == 2);
        var report = await server.StopAsync(new(true)).Soon();
        Assert.Equal((0, 2), (report.Drained, report.Cut.Count));
        Assert.All(report.Cut, cut => Assert.Null(cut.RemoteEndPoint));
        Assert.Contains($"on {address}:", Assert.Single(_log.Of("Stopped")));
        Assert.Equal(closesBadly ? 1 : 0, _log.Of("ListenerFailed").Count(line => line.Contains($"on {address} ", StringComparison.Ordinal)));
        Assert.Equal(2, _log.Of("Failed").Count);
        await Task.WhenAll(peers.Select(CloseAsync));
    }

    [Fact]
    public async Task A_client_s_connection_is_lost_though_no_address_is_known_behind_its_end()
    {
        await using var listener = await _network.ListenAsync(AnyPort).Soon();
        var client = new TcpFrameClient<NoHeader>(new LengthPrefixCodec(), new()
        {
            Transport = new Faulty(_network, Fault.LaterAddress),
            Connection = Options,
            Reconnect = new() { MaxAttempts = 1 },
            LoggerFactory = _log,
        });
        var run = client.RunAsync(listener.EndPoint, async connection => _ = await connection.ReadAsync()).Soon();
        var far = (await listener.AcceptAsync().Soon())!;
        far.Abort();
        _ = await run.Fails(FramedSocketError.ConnectionReset);
        _ = Assert.Single(_log.Of("Failed"));
        await CloseAsync(far);
    }

    [Fact]
    public async Task A_pipe_that_cannot_be_woken_is_closed_under_its_reader()
    {
        await using var listener = await _network.ListenAsync(AnyPort).Soon();
        var client = new TcpFrameClient<NoHeader>(new LengthPrefixCodec(), new() { Transport = new Faulty(_network, Fault.Wake), Connection = Options });
        var connection = await client.ConnectAsync(listener.EndPoint).Soon();
        var far = (await listener.AcceptAsync().Soon())!;
        var read = connection.WaitToReadAsync().Soon();
        _ = await Assert.ThrowsAsync<NotSupportedException>(() => connection.DisposeAsync().Soon());
        Assert.True((await far.Input.ReadAsync().Soon()).IsCompleted);
        await CloseAsync(far);
        _ = await Record.ExceptionAsync(() => read);
        Assert.True(connection.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_bare_pipe_whose_flush_cannot_be_cancelled_fails_with_its_flush()
    {
        var (input, output) = (new Pipe(), new Unstoppable());
        await using var connection = new FrameConnection<NoHeader>(new DuplexPipe(input.Reader, output), new LengthPrefixCodec(), Options);
        await connection.SendAsync("frame"u8.ToArray()).Soon();
        output.Fail(new IOException("gone"));
        _ = await connection.Completion.Soon().Fails(FramedSocketError.TransportFailed);
        await connection.DisposeAsync().Soon();
        Assert.True(output.IsCompleted);
    }

    [Fact]
    public void Networks_are_copied()
    {
        var networks = new List<IPNetwork>();
        var admission = new ServerAdmission { Allowed = networks, Denied = networks, TrustedProxies = networks };
        networks.Add(IPNetwork.Parse("127.0.0.0/8"));
        Assert.Empty(admission.Allowed);
        Assert.Empty(admission.Denied);
        Assert.Empty(admission.TrustedProxies);
    }

    private static async Task CloseAsync(ITransportConnection connection)
    {
        await connection.Input.CompleteAsync();
        await connection.Output.CompleteAsync();
        await connection.DisposeAsync().Soon();
    }

    private TcpFrameServer<NoHeader> Server(Fault fault, FrameHandler<NoHeader> handler) => new(new LengthPrefixCodec(), handler, new()
    {
        EndPoint = AnyPort,
        Transport = new Faulty(_network, fault),
        Connection = Options,
        Admission = new() { MaxConnections = fault == Fault.Address ? 1 : 10 },
        LoggerFactory = _log,
    });

    private async Task<ITransportConnection> AskAsync(TcpFrameServer<NoHeader> server)
    {
        var peer = await _network.ConnectAsync(server.LocalEndPoint!).Soon();
        _ = await peer.Output.WriteAsync(new byte[] { 0, 0, 0, 1, 7 }).Soon();
        return peer;
    }

    private enum Fault
    {
        Abort,
        Address,
        Wake,
        LaterAddress,
        AddressAndClosing,
    }

    /// <summary>
    /// Its connections throw: each when it is aborted or its reader woken, or the first two when they are asked for their address, or
    /// each when it is asked again or later than its end; and so do its listeners, when they are asked after their end, which itself may throw.
    /// </summary>
    private sealed class Faulty(MemoryTransport inner, Fault fault) : IFrameTransport
    {
        public async ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default) =>
            new Listener(await inner.ListenAsync(endPoint, cancellationToken), fault);

        public async ValueTask<ITransportConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default) =>
            new Connection(await inner.ConnectAsync(endPoint, cancellationToken), fault);
    }

    private sealed class Listener(ITransportListener inner, Fault fault) : ITransportListener
    {
        private int _accepted;
        private bool _isClosed;

        public EndPoint EndPoint => _isClosed ? throw new ObjectDisposedException("test") : inner.EndPoint;

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await inner.AcceptAsync(cancellationToken) is not { } accepted ? null
            : fault == Fault.Address && _accepted++ >= 2 ? accepted
            : new Connection(accepted, fault);

        public async ValueTask DisposeAsync()
        {
            _isClosed = fault >= Fault.LaterAddress;
            await inner.DisposeAsync();
            if (fault == Fault.AddressAndClosing)
            {
                throw new NotSupportedException("test");
            }
        }
    }

    private sealed class Connection(ITransportConnection inner, Fault fault) : ITransportConnection
    {
        private int _asked;
        private int _ended;

        public PipeReader Input { get; } = fault == Fault.Wake ? new Unwakeable(inner.Input) : inner.Input;

        public PipeWriter Output => inner.Output;

        public EndPoint? LocalEndPoint => inner.LocalEndPoint;

        public EndPoint? RemoteEndPoint => fault == Fault.Address || (fault >= Fault.LaterAddress && _asked++ + _ended > 0)
            ? throw new ObjectDisposedException("test") : inner.RemoteEndPoint;

        public void Abort()
        {
            inner.Abort();
            if (fault == Fault.Abort)
            {
                throw new NotSupportedException("test");
            }
        }

        public ValueTask DisposeAsync()
        {
            _ended = 1;
            return inner.DisposeAsync();
        }
    }

    private sealed class Unwakeable(PipeReader inner) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => throw new NotSupportedException("test");

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
    }

    /// <summary>Takes everything, and flushes until it fails.</summary>
    private sealed class Unstoppable : PipeWriter
    {
        private readonly TaskCompletionSource<FlushResult> _flush = new();
        private readonly byte[] _room = new byte[1024];

        public bool IsCompleted { get; private set; }

        public void Fail(Exception exception) => _flush.SetException(exception);

        public override void Advance(int bytes)
        {
        }

        public override void CancelPendingFlush() => throw new NotSupportedException("test");

        public override void Complete(Exception? exception = null) => IsCompleted = true;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(_flush.Task);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _room;

        public override Span<byte> GetSpan(int sizeHint = 0) => _room;
    }
}
