using System.Buffers;
using System.Runtime.CompilerServices;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>Frames that are encoded once and sent to many.</summary>
public sealed class ConnectionGroupTests : CleanedUp
{
    private const int Pause = 4096;

    private readonly CountingCodec _codec = new();
    private readonly PoisonedOptions _options = new(TransportKind.Sockets);
    private readonly List<(FrameConnection<int> Connection, DuplexPipe Far)> _joined = [];
    private readonly ConnectionGroup<int> _group;

    public ConnectionGroupTests() => _group = new(_codec);

    public override async ValueTask DisposeAsync()
    {
        foreach (var (connection, far) in _joined)
        {
            connection.Abort();
            await connection.DisposeAsync().Soon();
            await far.CompleteAsync();
        }

        await _options.DisposeAsync();
    }

    [Fact]
    public async Task A_frame_is_encoded_once_and_reaches_everybody_whole()
    {
        var members = Enumerable.Range(0, 5).Select(_ => Join()).ToArray();
        var result = await _group.SendAsync(7, Frames.Body(100), SlowConsumer.Wait).Soon();
        Assert.Equal(new(5, 0, 0), result);
        Assert.Equal(1, _codec.Encoded);
        foreach (var (connection, far) in members)
        {
            Assert.Equal(_codec.Frame(7, Frames.Body(100)), await TakeAll(connection, far));
        }
    }

    [Fact]
    public async Task One_may_be_left_out()
    {
        var (speaker, listener) = (Join(), Join());
        Assert.Equal(1, (await _group.SendAsync(1, Frames.Body(3), SlowConsumer.Drop, except: speaker.Connection).Soon()).Sent);
        Assert.Empty(await TakeAll(speaker.Connection, speaker.Far));
        Assert.Equal(_codec.Frame(1, Frames.Body(3)), await TakeAll(listener.Connection, listener.Far));
    }

    [Fact]
    public async Task Who_ends_leaves_and_who_leaves_is_sent_nothing()
    {
        var (ended, removed, aborted, stays) = (Join(), Join(), Join(), Join());
        Assert.False(_group.Add(stays.Connection));
        Assert.Equal(4, _group.Count);
        Assert.True(_group.Remove(removed.Connection));
        Assert.False(_group.Remove(removed.Connection));
        await ended.Connection.DisposeAsync().Soon();
        aborted.Connection.Abort();
        await Timeouts.Until(() => _group.Count == 1);
        Assert.Equal(new(1, 0, 0), await _group.SendAsync(1, Frames.Body(3), SlowConsumer.Close).Soon());
        Assert.Empty(await TakeAll(removed.Connection, removed.Far));
    }

    [Fact]
    public void Who_leaves_a_group_does_not_keep_it_in_memory()
    {
        var (connection, _) = Join();
        var left = LeaveAnother(connection);
        GC.Collect();
        Assert.False(left.TryGetTarget(out _));
        GC.KeepAlive(connection);
    }

    [Fact]
    public async Task Who_has_ended_is_not_taken_in()
    {
        var (connection, _) = Join();
        connection.Abort();
        await Timeouts.Until(() => _group.Count == 0);
        _ = _group.Add(connection);
        await Timeouts.Until(() => _group.Count == 0);
    }

    [Fact]
    public async Task Who_sends_no_more_leaves_at_the_next_frame()
    {
        var (connection, _) = Join();
        await connection.CompleteOutputAsync().Soon();
        Assert.Equal(default, await _group.SendAsync(1, Frames.Body(3), SlowConsumer.Wait).Soon());
        Assert.Equal(0, _group.Count);
    }

    [Fact]
    public async Task A_slow_one_misses_a_frame_that_is_dropped_and_no_other()
    {
        var (slow, quick) = (Join(), Join());
        Fill(slow.Connection);
        Assert.Equal(new(1, 1, 0), await _group.SendAsync(1, Frames.Body(3), SlowConsumer.Drop).Soon());
        var held = await Drain(slow.Connection, slow.Far);
        Assert.All(await Frames.Decode(held), frame => Assert.Equal(0, frame.Tag));
        Assert.Equal(new(2, 0, 0), await _group.SendAsync(2, Frames.Body(3), SlowConsumer.Drop).Soon());
        Assert.Equal(_codec.Frame(2, Frames.Body(3)), await TakeAll(slow.Connection, slow.Far));
        Assert.Equal([1, 2], (await Frames.Decode(await TakeAll(quick.Connection, quick.Far))).Select(frame => frame.Tag));
    }

    [Fact]
    public async Task A_slow_one_is_ended_where_that_was_said()
    {
        var (slow, quick) = (Join(), Join());
        Fill(slow.Connection);
        Assert.Equal(new(1, 0, 1), await _group.SendAsync(1, Frames.Body(3), SlowConsumer.Close).Soon());
        _ = await slow.Connection.Completion.Soon().Fails(FramedSocketError.ConnectionAborted);
        Assert.Equal(1, _group.Count);
        Assert.Equal(_codec.Frame(1, Frames.Body(3)), await TakeAll(quick.Connection, quick.Far));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task A_slow_one_is_waited_for_while_the_others_have_their_frame(int length)
    {
        var (slow, quick) = (Join(), Join(pause: 1024 * 1024));
        var count = Fill(slow.Connection);
        var send = _group.SendAsync(1, Frames.Body(length), SlowConsumer.Wait).AsTask();
        Assert.Equal(_codec.Frame(1, Frames.Body(length)), await TakeAll(quick.Connection, quick.Far));
        Assert.False(send.IsCompleted);
        var reading = TakeUntil(slow.Far, (count * 1008) + 8 + length);
        Assert.Equal(2, (await send.Soon()).Sent);
        var frames = await Frames.Decode(await reading.Soon());
        Assert.Equal(count + 1, frames.Count);
        Assert.Equal(Frames.Body(length), frames[^1].Body);
    }

    [Fact]
    public async Task A_slow_one_that_ends_meanwhile_is_not_waited_for()
    {
        var slow = Join();
        _ = Fill(slow.Connection);
        var send = _group.SendAsync(1, Frames.Body(3), SlowConsumer.Wait).AsTask();
        slow.Connection.Abort();
        Assert.Equal(default, await send.Soon());
        Assert.Equal(0, _group.Count);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_the_frame_comes_whole_or_not_at_all()
    {
        var slow = Join();
        var count = Fill(slow.Connection);
        using var patience = new CancellationTokenSource();
        var send = _group.SendAsync(1, Frames.Body(3), SlowConsumer.Wait, cancellationToken: patience.Token).AsTask();
        await patience.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => send.Soon());
        Assert.Equal(count * 1008, (await Drain(slow.Connection, slow.Far)).Length);
        Assert.Equal(new(1, 0, 0), await _group.SendAsync(2, Frames.Body(3), SlowConsumer.Wait).Soon());
        Assert.Equal(_codec.Frame(2, Frames.Body(3)), await TakeAll(slow.Connection, slow.Far));
    }

    [Fact]
    public async Task What_cannot_be_encoded_reaches_nobody()
    {
        var (connection, far) = Join();
        _ = await Assert.ThrowsAsync<FramedSocketException>(
            async () => await new ConnectionGroup<int>(_codec, FrameLimits.Default with { MaxBufferedBodyLength = 10, MaxBodyLength = 10 })
                .SendAsync(1, Frames.Body(11), SlowConsumer.Wait));
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => _ = _group.SendAsync(1, Frames.Body(3), (SlowConsumer)3).IsCompleted);
        Assert.Empty(await TakeAll(connection, far));
    }

    [Fact]
    public async Task Frames_of_senders_at_the_same_time_are_whole_and_each_senders_in_order()
    {
        const int Senders = 4;
        const int Count = 200;
        var (connection, far) = Join(pause: 1024 * 1024);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < Count; i++)
            {
                var tag = (i * Senders) + sender;
                Assert.Equal(1, (await _group.SendAsync(tag, Frames.Body(50, tag), SlowConsumer.Wait)).Sent);
            }
        }))).Soon();
        var frames = await Frames.Decode(await TakeAll(connection, far));
        Assert.All(frames, frame => Assert.Equal(Frames.Body(50, frame.Tag), frame.Body));
        foreach (var ofOne in frames.GroupBy(frame => frame.Tag % Senders, frame => frame.Tag / Senders))
        {
            Assert.Equal(Enumerable.Range(0, Count), ofOne);
        }

        Assert.Equal(Senders * Count, frames.Count);
    }

    [Fact]
    public async Task A_connection_of_another_framing_is_refused()
    {
        await using var other = new FrameConnection<int>(DuplexPipe.CreatePair().Near, new TagCodec(), _options.Connection);
        _ = Assert.Throws<ArgumentException>(() => _group.Add(other));
        Assert.Equal(0, _group.Count);
    }

    [Fact]
    public async Task Every_client_of_a_server_is_reached()
    {
        var codec = new TagCodec();
        var group = new ConnectionGroup<int>(codec);
        await using var server = new TcpFrameServer<int>(codec, Publish, _options.Server);
        await server.StartAsync().Soon();
        var client = new TcpFrameClient<int>(codec, _options.Client);
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.ConnectAsync(server.LocalEndPoint!).AsTask())).Soon();
        await Timeouts.Until(() => group.Count == 20);
        await clients[0].SendAsync(5, Frames.Body(50)).Soon();
        foreach (var one in clients.Skip(1))
        {
            Assert.True(await one.WaitToReadAsync().Soon());
            Assert.True(one.TryRead(out var frame));
            Assert.Equal(5, frame.Header);
        }

        foreach (var one in clients)
        {
            await one.DisposeAsync().Soon();
        }

        await Timeouts.Until(() => group.Count == 0);

        async Task Publish(FrameConnection<int> connection)
        {
            _ = group.Add(connection);
            while (await connection.WaitToReadAsync())
            {
                while (connection.TryRead(out var frame))
                {
                    _ = await group.SendAsync(frame.Header, frame.Body, SlowConsumer.Close, except: connection);
                }
            }
        }
    }

    private (FrameConnection<int> Connection, DuplexPipe Far) Join(long pause = Pause)
    {
        var (near, far) = DuplexPipe.CreatePair(pause, _options.Pool);
        var connection = new FrameConnection<int>(near, _codec, _options.Connection with { MaxQueuedLength = Pause });
        _joined.Add((connection, far));
        Assert.True(_group.Add(connection));
        return (connection, far);
    }

    /// <summary>Fills the queue of one whose peer does not read; says with how many frames of 1,008 bytes.</summary>
    private static int Fill(FrameConnection<int> connection)
    {
        var count = 0;
        while (connection.TrySend(0, Frames.Body(1000)))
        {
            count++;
        }

        return count;
    }

    /// <summary>Takes all that waits, so that there is room again.</summary>
    private static async Task<byte[]> Drain(FrameConnection<int> connection, DuplexPipe far)
    {
        var flush = connection.FlushAsync().AsTask();
        var bytes = new List<byte>();
        await Timeouts.Until(() =>
        {
            var isFlushed = flush.IsCompleted;
            if (far.Input.TryRead(out var result))
            {
                bytes.AddRange(result.Buffer.ToArray());
                far.Input.AdvanceTo(result.Buffer.End);
            }

            return isFlushed;
        });
        await flush.Soon();
        return [.. bytes];
    }

    private static async Task<byte[]> TakeUntil(DuplexPipe far, int length)
    {
        var bytes = new List<byte>();
        while (bytes.Count < length)
        {
            var result = await far.Input.ReadAsync().Soon();
            bytes.AddRange(result.Buffer.ToArray());
            far.Input.AdvanceTo(result.Buffer.End);
        }

        return [.. bytes];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference<ConnectionGroup<int>> LeaveAnother(FrameConnection<int> connection)
    {
        var group = new ConnectionGroup<int>(_codec);
        Assert.True(group.Add(connection));
        Assert.True(group.Remove(connection));
        return new(group);
    }

    private static async Task<byte[]> TakeAll(FrameConnection<int> connection, DuplexPipe far)
    {
        await connection.CompleteOutputAsync().Soon();
        return await far.Input.ReadToEnd();
    }

    /// <summary>Counts what is encoded.</summary>
    private sealed class CountingCodec : IHeaderCodec<int>
    {
        private readonly TagCodec _inner = new();

        public int Encoded { get; private set; }

        public byte[] Frame(int tag, byte[] body) => _inner.Frame(tag, body);

        public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out int header) =>
            _inner.Decode(source, context, out header);

        public void Encode(in int header, in HeaderEncodeContext context, IBufferWriter<byte> output)
        {
            Encoded++;
            _inner.Encode(header, context, output);
        }
    }
}
