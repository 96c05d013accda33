using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>Errors that a loopback socket does not give, from a sink and a source that do.</summary>
public sealed class DatagramFaultTests
{
    private static readonly DatagramPeer Peer = new(new IPEndPoint(IPAddress.Loopback, 9));
    private readonly FaultySocket _socket = new();
    private readonly DatagramStatistics _statistics = new(socket: null);

    [Theory]
    [InlineData(SocketError.NoBufferSpaceAvailable)]
    [InlineData(SocketError.SocketError)]
    [InlineData((SocketError)12345)]
    public async Task A_send_that_fails_may_be_repeated(SocketError error)
    {
        var sender = Sender();
        _socket.Errors.Enqueue(error);

        var e = await Assert.ThrowsAsync<FramedSocketException>(() => sender.SendAsync(1, [], Peer, default).Soon());
        await sender.SendAsync(1, [], Peer, default).Soon();

        Assert.Equal(FramedSocketError.TransportFailed, e.Error);
        Assert.Contains(error.ToString(), e.Message);
        Assert.Equal(1, _statistics.Read().Sent);
        Assert.Null(_statistics.Read().DroppedBySystem);
    }

    [Theory]
    [InlineData(SocketError.NoBufferSpaceAvailable)]
    [InlineData(SocketError.WouldBlock)]
    public void TrySend_says_that_there_is_no_room(SocketError error)
    {
        var sender = Sender();
        _socket.Errors.Enqueue(error);

        Assert.False(sender.TrySend(1, [], Peer));
        Assert.True(sender.TrySend(1, [], Peer));
    }

    [Fact]
    public async Task Refusals_without_end_do_not_hold_a_send()
    {
        var sender = Sender(Peer);
        for (var i = 0; i < 100; i++)
        {
            _socket.Errors.Enqueue(SocketError.ConnectionRefused);
        }

        await Assert.ThrowsAsync<FramedSocketException>(() => sender.SendAsync(1, [], Peer, default).Soon());
        Assert.InRange(_statistics.Read().Refused, 1, 20);
    }

    [Theory]
    [InlineData(SocketError.NoBufferSpaceAvailable)]
    [InlineData(SocketError.SocketError)]
    [InlineData((SocketError)12345)]
    public async Task A_receive_that_fails_may_be_repeated(SocketError error)
    {
        var reader = Reader();
        _socket.Errors.Enqueue(error);

        await Assert.ThrowsAsync<FramedSocketException>(() => reader.WaitAsync(default).Soon());

        Assert.True(await reader.WaitAsync(default).Soon());
        Assert.True(reader.TryRead(out var frame, out _));
        Assert.Equal(7, frame.Header);
    }

    [Fact]
    public async Task A_receive_that_throws_at_once_leaves_the_reader_to_the_next()
    {
        var reader = Reader();
        _socket.Fault = new OutOfMemoryException();
        await Assert.ThrowsAsync<OutOfMemoryException>(() => reader.WaitAsync(default).Soon());

        _socket.Fault = null;
        Assert.True(await reader.WaitAsync(default).Soon());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_disposal_ends_the_pause_behind_a_receive_that_failed(int receivers)
    {
        await using var endpoint = Endpoints.Bind();
        var reader = Reader();
        var clock = new ManualTimeProvider();
        _socket.Errors.Enqueue(SocketError.NoBufferSpaceAvailable);
        _socket.Errors.Enqueue(SocketError.OperationAborted);
        var run = new DatagramRun<byte>(endpoint, reader, _ => default, new() { TimeProvider = clock, Receivers = receivers })
            .RunAsync(() => new(NoteCodec.Instance, Endpoints.Offloaded), Endpoints.Offloaded, _statistics, default);
        Assert.Equal(1, clock.PendingTimers);

        Assert.True(reader.TryClose());

        await run.Soon();
        Assert.Empty(_socket.Errors);
    }

    [Fact]
    public async Task A_refusal_does_not_end_a_wait()
    {
        var reader = Reader();
        _socket.Errors.Enqueue(SocketError.ConnectionRefused);
        _socket.Errors.Enqueue(SocketError.ConnectionReset);

        Assert.True(await reader.WaitAsync(default).Soon());
        Assert.Equal(2, _statistics.Read().Refused);
    }

    [Fact]
    public async Task A_path_that_proved_narrower_is_told_of_an_earlier_datagram()
    {
        var sender = Sender(Peer);
        _socket.Errors.Enqueue(SocketError.MessageSize);
        await sender.SendAsync(1, [], Peer, default).Soon();
        _socket.Errors.Enqueue(SocketError.MessageSize);
        Assert.True(sender.TrySend(1, [], Peer));
        var reader = Reader();
        _socket.Errors.Enqueue(SocketError.MessageSize);
        Assert.True(await reader.WaitAsync(default).Soon());
        Assert.Equal((2, 0, 0), (_statistics.Read().Sent, _statistics.Read().TooLarge, _statistics.Read().Truncated));
    }

    [Fact]
    public void A_refusal_where_nobody_is_connected_is_of_that_datagram()
    {
        _socket.Errors.Enqueue(SocketError.ConnectionRefused);
        Assert.Throws<FramedSocketException>(() => Sender().TrySend(1, [], Peer));
        Assert.Equal((0, 0), (_statistics.Read().Sent, _statistics.Read().Refused));
        Assert.Empty(_socket.Errors);
    }

    [Theory]
    [InlineData(SocketError.HostUnreachable)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.AccessDenied)]
    [InlineData(SocketError.ProtocolOption)]
    public async Task A_network_that_took_an_earlier_datagram_nowhere_ends_neither_sends_nor_receives(SocketError error)
    {
        var sender = Sender(Peer);
        _socket.Errors.Enqueue(error);
        await sender.SendAsync(1, [], Peer, default).Soon();
        var reader = Reader();
        _socket.Errors.Enqueue(error);
        Assert.True(await reader.WaitAsync(default).Soon());
        Assert.Equal((1, 0), (_statistics.Read().Sent, _statistics.Read().Refused));

        // What takes this one nowhere says so again.
        _socket.Errors.Enqueue(error);
        _socket.Errors.Enqueue(error);
        Assert.Throws<FramedSocketException>(() => sender.TrySend(1, [], Peer));
        Assert.Empty(_socket.Errors);
    }

    [Fact]
    public async Task An_error_without_a_name_may_be_told_of_an_earlier_datagram_and_is_then_told_once()
    {
        var sender = Sender(Peer);
        _socket.Errors.Enqueue(SocketError.SocketError);
        await sender.SendAsync(1, [], Peer, default).Soon();
        var reader = Reader(isConnected: true);
        _socket.Errors.Enqueue(SocketError.SocketError);
        Assert.True(await reader.WaitAsync(default).Soon());
        Assert.True(reader.TryRead(out _, out _));

        for (var i = 0; i < 4; i++)
        {
            _socket.Errors.Enqueue(SocketError.SocketError);
        }

        Assert.Throws<FramedSocketException>(() => sender.TrySend(1, [], Peer));
        await Assert.ThrowsAsync<FramedSocketException>(() => reader.WaitAsync(default).Soon());
        Assert.Empty(_socket.Errors);
    }

    [Fact]
    public async Task A_flood_leaves_the_thread_to_others_now_and_then()
    {
        var reader = Reader();
        var rounds = 0;
        for (var isAtOnce = true; isAtOnce && rounds < 100_000; rounds++)
        {
            var fill = reader.FillAsync(default);
            isAtOnce = fill.IsCompleted;
            Assert.True(await fill.AsTask().Soon());
            Assert.True(reader.TryRead(out _, out _));
        }

        // Where the thread lost its core just then, the others were done before it looked.
        Assert.InRange(rounds, 2, 99_999);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void A_datagram_that_is_too_long_itself_is_counted_once(bool isConnected, int tries)
    {
        var sender = Sender(isConnected ? Peer : null);
        for (var i = 0; i < tries; i++)
        {
            _socket.Errors.Enqueue(SocketError.MessageSize);
        }

        var e = Assert.Throws<FramedSocketException>(() => sender.TrySend(1, [], Peer));
        Assert.Equal(FramedSocketError.BodyTooLong, e.Error);
        Assert.Equal((0, 1), (_statistics.Read().Sent, _statistics.Read().TooLarge));
        Assert.Empty(_socket.Errors);
    }

    private DatagramReader<byte> Reader(bool isConnected = false) =>
        new(_socket, NoteCodec.Instance, Endpoints.Offloaded, _statistics, isConnected);

    private DatagramSender<byte> Sender(DatagramPeer? connectedTo = null) => new(
        _socket, new(AddressFamily.InterNetwork, isDualMode: false, connectedTo, 1000), NoteCodec.Instance, Endpoints.Offloaded, _statistics, () => false);

    /// <summary>Gives its errors one by one, and then works: each receive brings one note.</summary>
    private sealed class FaultySocket : IDatagramSink, IDatagramSource
    {
        private bool _hasDatagram;

        public Queue<SocketError> Errors { get; } = new();

        /// <summary>What a receive throws.</summary>
        public Exception? Fault { get; set; }

        ref readonly DatagramPeer IDatagramSource.Peer => ref Peer;

        public SocketError TrySend(ReadOnlyMemory<byte> datagram, SocketAddress? address) => Next();

        public ValueTask<SocketError> SendAsync(ReadOnlyMemory<byte> datagram, SocketAddress? address, CancellationToken cancellationToken) =>
            new(Next());

        public ValueTask<SocketError> SendAsync(OutgoingBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<SocketError> ReceiveAsync(CancellationToken cancellationToken)
        {
            if (Fault is not null)
            {
                throw Fault;
            }

            var error = Next();
            _hasDatagram = error == SocketError.Success;
            return new(error);
        }

        public bool TryTake(out ArrivedDatagram datagram)
        {
            datagram = new(Endpoints.Note(7), 0, 3);
            (var had, _hasDatagram) = (_hasDatagram, false);
            return had;
        }

        private SocketError Next() => Errors.TryDequeue(out var error) ? error : SocketError.Success;
    }
}
