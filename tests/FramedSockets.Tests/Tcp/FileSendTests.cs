using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Files as bodies, which a socket may take by itself: frames as any other, whatever happens to the file, the peer or the connection.</summary>
public abstract class FileSendTests(TransportKind kind) : IDisposable
{
    public sealed class OverSockets() : FileSendTests(TransportKind.Sockets);

    public sealed class OverLinux() : FileSendTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : FileSendTests(TransportKind.LinuxInline);

    private const int Length = 20_000_000;
    private readonly TemporaryFile _file = new(Length);
    private readonly ManualTimeProvider _clock = new();
    private readonly ConcurrentQueue<(int Tag, byte[] Body)> _received = new();

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_and_frames_of_many_senders_arrive_whole(bool isAsync)
    {
        await using var loopback = await Loopback.Start(kind, Keep);
        await using var connection = await loopback.Connect();
        var sends = Enumerable.Range(1, 30).Select(tag => Task.Run(async () =>
        {
            if (tag % 10 == 0)
            {
                await using var file = _file.Open(isAsync: isAsync);
                file.Position = tag;
                await connection.SendAsync(tag, file, 3_000_000);
                Assert.Equal(3_000_000 + tag, file.Position);
            }
            else
            {
                await connection.SendAsync(tag, Frames.Body(tag * 3000, tag));
            }
        }));
        await Task.WhenAll(sends).Soon();
        await Timeouts.Until(() => _received.Count == 30);
        foreach (var (tag, body) in _received)
        {
            var expected = tag % 10 == 0 ? _file.Bytes.AsSpan(tag, 3_000_000) : Frames.Body(tag * 3000, tag);
            Assert.True(expected.SequenceEqual(body));
        }
    }

    [Fact]
    public async Task Over_a_unix_socket_it_is_the_same()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using (var loopback = await Loopback.Start(kind, Keep, options => options with { EndPoint = new UnixDomainSocketEndPoint(path) }))
        {
            await using var connection = await loopback.Connect();
            await AssertSent(connection);
        }

        File.Delete(path);
    }

    [Fact]
    public async Task Inside_tls_it_is_copied()
    {
        using var certificates = new Certificates();
        await using var loopback = await Loopback.Start(
            kind, Keep, options => options with { Tls = new SslServerAuthenticationOptions { ServerCertificate = certificates.Server() } });
        var tls = new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = certificates.Policy() };
        await using var connection = await new TcpFrameClient<int>(new TagCodec(), loopback.ClientOptions with { Tls = tls })
            .ConnectAsync(loopback.EndPoint).Soon();
        await AssertSent(connection);
    }

    [Fact]
    public async Task An_empty_file_is_an_empty_body_and_one_that_is_too_long_is_not_begun()
    {
        await using var loopback = await Loopback.Start(kind, Keep);
        await using var connection = await loopback.Connect();
        await using var file = _file.Open();
        _ = await connection.SendAsync(1, file, FrameLimits.Default.MaxBodyLength + 1).Soon().Fails(FramedSocketError.BodyTooLong);
        file.Position = Length;
        _ = await Assert.ThrowsAsync<EndOfStreamException>(() => connection.SendAsync(1, file, 1_000_000).Soon());
        await connection.SendAsync(2, file, 0).Soon();
        await Timeouts.Until(() => !_received.IsEmpty);
        Assert.Equal((2, 0), _received.Select(frame => (frame.Tag, frame.Body.Length)).Single());
        Assert.Equal(Length, file.Position);
    }

    [Fact]
    public async Task A_file_that_is_too_short_ends_the_connection_and_the_peer_sees_no_whole_frame()
    {
        await using var loopback = await Loopback.Start(kind, Keep);
        await using var connection = await loopback.Connect();
        await using var file = _file.Open();
        var thrown = await Assert.ThrowsAsync<EndOfStreamException>(() => connection.SendAsync(1, file, Length + 1).Soon());
        var failure = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Same(thrown, failure.InnerException);
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
        Assert.Empty(_received);
    }

    [Fact]
    public async Task Against_a_peer_that_reads_later_it_waits_and_others_with_it()
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(mayRead.Task);
        await using var connection = await loopback.Connect();
        await using var file = _file.Open();
        var send = connection.SendAsync(1, file, Length).Soon();
        await Timeouts.Until(() => connection.Writing.IsSending);
        var other = connection.SendAsync(2, Frames.Body(100_000)).Soon();
        Assert.False(send.IsCompleted || other.IsCompleted);
        mayRead.SetResult();
        await Task.WhenAll(send, other);
        await Timeouts.Until(() => _received.Count == 2);
        Assert.Equal([1, 2], _received.Select(frame => frame.Tag));
        Assert.True(_received.First().Body.AsSpan().SequenceEqual(_file.Bytes));
        Assert.Equal((2 * TagCodec.HeaderLength) + Length + 100_000, connection.Writing.Moved);
    }

    [Fact]
    public async Task A_file_that_loses_its_end_while_the_peer_is_waited_for_ends_the_connection()
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Start(mayRead.Task);
        await using var connection = await loopback.Connect();
        await using var file = _file.Open(FileShare.ReadWrite);
        var send = connection.SendAsync(1, file, Length).Soon();
        await Timeouts.Until(() => connection.Writing.IsSending && file.Position > 0);
        _file.Truncate(Length - 1);
        mayRead.SetResult();
        _ = await Assert.ThrowsAsync<EndOfStreamException>(() => send);
        _ = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Equal(Length - 1, file.Position);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_source_that_ends_while_the_peer_is_waited_for_ends_the_connection(bool isDisposed)
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancel = new CancellationTokenSource();
        await using var loopback = await Start(mayRead.Task);
        await using var connection = await loopback.Connect();
        await using var file = _file.Open();
        var send = connection.SendAsync(1, file, Length, cancel.Token).Soon();
        await Timeouts.Until(() => connection.Writing.IsSending);
        if (isDisposed)
        {
            await file.DisposeAsync();
        }
        else
        {
            await cancel.CancelAsync();
        }

        mayRead.SetResult();
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => send);
        Assert.True(isDisposed ? thrown is ObjectDisposedException : thrown is OperationCanceledException);
        var failure = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Same(thrown, failure.InnerException);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_end_at_any_moment_ends_the_send_and_lets_go_of_the_file(int how)
    {
        await using var loopback = await Loopback.Start(kind, (_, _) => default);
        for (var round = 0; round < 30; round++)
        {
            var connection = await loopback.Connect();
            await using (var file = _file.Open())
            {
                var send = Task.Run(() => connection.SendAsync(1, file, Length).AsTask());
                await Timeouts.Until(() => send.IsCompleted || connection.Writing.Moved >= round * 500_000);
                await (how switch
                {
                    0 => Task.Run(() => connection.Abort()),
                    1 => Task.Run(() => connection.DisposeAsync().AsTask()),
                    _ => Task.Run(() => file.Dispose()),
                }).Soon();
                try
                {
                    await send.Soon();
                }
                catch (Exception e) when (e is FramedSocketException or InvalidOperationException or NotSupportedException)
                {
                    // What a file says that is disposed under a read is its own: the last of them, too.
                }
            }

            await connection.DisposeAsync().Soon();
        }
    }

    [Fact]
    public async Task A_peer_that_resets_is_the_reason()
    {
        var (loopback, connection, peer) = await StartSending();
        await using var end = loopback;
        peer.LingerState = new(true, 0);
        peer.Dispose();
        _ = await connection.Completion.Soon().Fails(FramedSocketError.ConnectionReset);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_ends_after_the_grace()
    {
        var (loopback, connection, peer) = await StartSending();
        await using var end = loopback;
        await Timeouts.Until(() =>
        {
            _clock.Advance(Heartbeat.Interval);
            return connection.Reason is not null;
        });
        _ = await connection.Completion.Soon().Fails(FramedSocketError.WriteTimeout);
        peer.Dispose();
    }

    [Fact]
    public async Task A_slow_peer_that_goes_on_taking_is_never_ended()
    {
        var (loopback, connection, peer) = await StartSending();
        await using var end = loopback;
        var bytes = new byte[TagCodec.HeaderLength + Length];
        await using var stream = new NetworkStream(peer);
        for (var received = 0; received < bytes.Length;)
        {
            // Enough for the system to open its window anew.
            var room = bytes.AsMemory(received, Math.Min(1_000_000, bytes.Length - received));
            await stream.ReadExactlyAsync(room).Soon();
            received += room.Length;
            _clock.Advance(Heartbeat.Interval);
            Assert.Null(connection.Reason);
        }

        Assert.True(bytes.AsSpan(TagCodec.HeaderLength).SequenceEqual(_file.Bytes));
        peer.Dispose();
    }

    private async ValueTask Keep(FrameConnection<int> connection, Frame<int> frame) =>
        _received.Enqueue((frame.Header, await frame.BodyReader.ReadToEnd()));

    /// <summary>A server that reads when it may.</summary>
    private Task<Loopback> Start(Task mayRead) => Loopback.Start(kind, async connection =>
    {
        await mayRead;
        await FrameLoop.RunAsync(connection, Keep);
    });

    /// <summary>A server's connection that sends the file to a peer that does not read yet.</summary>
    private async Task<(Loopback Loopback, FrameConnection<int> Connection, Socket Peer)> StartSending()
    {
        var opened = new TaskCompletionSource<FrameConnection<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var loopback = await Loopback.Start(
            kind,
            async connection =>
            {
                opened.SetResult(connection);
                await using var file = _file.Open();
                await connection.SendAsync(1, file, Length);
                _ = await connection.WaitToReadAsync();
            },
            options => options with
            {
                Connection = options.Connection with { TimeProvider = _clock },
                Deadlines = FrameDeadlines.None with { MinimumWriteRate = FrameDeadlines.Default.MinimumWriteRate },
            });
        var peer = await loopback.ConnectRaw();
        var connection = await opened.Task.Soon();
        await Timeouts.Until(() => connection.Writing.IsSending);
        return (loopback, connection, peer);
    }

    private async Task AssertSent(FrameConnection<int> connection)
    {
        await using var file = _file.Open();
        await connection.SendAsync(1, file, Length).Soon();
        await Timeouts.Until(() => !_received.IsEmpty);
        Assert.True(_received.Single().Body.AsSpan().SequenceEqual(_file.Bytes));
    }
}
