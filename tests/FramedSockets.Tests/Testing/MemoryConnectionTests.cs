using System.Buffers;
using System.IO.Pipelines;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

public sealed class MemoryConnectionTests : CleanedUp
{
    private readonly PoisoningPool _pool = new();
    private readonly TagCodec _codec = new();
    private readonly MemoryConnection _near;
    private readonly MemoryConnection _far;

    public MemoryConnectionTests() => (_near, _far) = MemoryConnection.CreatePair(new() { Pool = _pool, Capacity = 100 });

    public override async ValueTask DisposeAsync()
    {
        await _near.DisposeAsync();
        await _far.DisposeAsync();
        await _pool.EnsureAllReturnedAsync();
    }

    [Fact]
    public async Task What_one_sends_the_other_receives()
    {
        await Send(_near, "abc");
        await Send(_far, "de");
        Assert.Equal(3, (await _far.Input.ReadAsync().Soon()).Buffer.Length);
        Assert.Equal(2, (await _near.Input.ReadAsync().Soon()).Buffer.Length);
        Assert.Equal((3L, 2L, 2L), (_near.DeliveredLength, _near.ReceivedLength, _near.HeldLength));
        Assert.Empty(_near.Output.GetTaken());
    }

    [Fact]
    public async Task A_sender_waits_while_as_much_is_on_its_way_as_may_be()
    {
        var send = Send(_near, new string('x', 250));
        var received = 0L;
        while (received < 250)
        {
            Assert.False(send.IsCompleted && received < 150);
            var result = await _far.Input.ReadAsync().Soon();
            Assert.InRange(result.Buffer.Length, 1, 100);
            received += result.Buffer.Length;
            _far.Input.AdvanceTo(result.Buffer.End);
        }

        await send;
    }

    [Fact]
    public async Task The_output_ends_and_the_input_goes_on()
    {
        await Send(_near, "abc");
        await _near.Output.CompleteAsync();
        Assert.Equal(3, (await _far.Input.ReadToEnd()).Length);
        await Send(_far, "de");
        Assert.Equal(2, (await _near.Input.ReadAsync().Soon()).Buffer.Length);
    }

    [Fact]
    public async Task Completing_the_output_sends_what_was_written()
    {
        await Send(_near, "abc");
        _near.Output.Write("def"u8);
        await _near.Output.CompleteAsync();
        Assert.Equal("abcdef"u8.ToArray(), await _far.Input.ReadToEnd());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_follows_what_is_on_its_way_though_nobody_waits_for_it(bool isCompleted)
    {
        var flush = _near.Output.WriteAsync(new byte[250]).AsTask();
        _near.Output.CancelPendingFlush();
        Assert.True((await flush.Soon()).IsCanceled);
        if (isCompleted)
        {
            await _near.Output.CompleteAsync();
        }

        await _near.DisposeAsync();
        Assert.Equal(new byte[250], await _far.Input.ReadToEnd());
    }

    [Fact]
    public async Task Closing_ends_the_peer_s_input_and_what_the_peer_still_sends_is_lost()
    {
        await Send(_far, "unread");
        await _near.DisposeAsync();
        await _near.DisposeAsync();
        Assert.True(_near.IsDisposed);
        Assert.Empty(await _far.Input.ReadToEnd());
        await Send(_far, new string('x', 1000));
        Assert.False(_near.IsAborted);
    }

    [Fact]
    public async Task An_abort_ends_everything_here_at_once_and_is_a_reset_there_behind_what_was_sent()
    {
        await Send(_near, "abc");
        await Send(_far, "unread");
        _near.Output.StallAfter(0);
        var flush = Send(_near, "def");
        var blocked = Send(_far, new string('x', 200));
        _near.Abort();
        _near.Abort();
        Assert.True(_near.IsAborted);
        _ = await flush.Fails(FramedSocketError.ConnectionAborted);
        _ = await _near.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionAborted);
        _ = await blocked.Fails(FramedSocketError.ConnectionReset);
        var result = await _far.Input.ReadAsync().Soon();
        Assert.Equal(3, result.Buffer.Length);
        _far.Input.AdvanceTo(result.Buffer.End);
        _ = await _far.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionReset);
    }

    [Fact]
    public async Task What_was_on_its_way_to_an_aborted_connection_does_not_arrive()
    {
        var clock = new ManualTimeProvider();
        await using var alone = new MemoryConnection(new() { Pool = _pool, TimeProvider = clock });
        alone.Input.Deliver("abc"u8);
        alone.Input.Deliver("late"u8, TimeSpan.FromSeconds(1));
        alone.Abort();
        Assert.Equal(3, alone.ReceivedLength);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, alone.ReceivedLength);
    }

    [Fact]
    public async Task Frames_go_over_it_both_ways()
    {
        await using var here = new FrameConnection<int>(_near, _codec, new() { Pool = _pool });
        await using var there = new FrameConnection<int>(_far, _codec, new() { Pool = _pool });
        var send = here.SendAsync(1, Frames.Body(100_000)).Soon();
        var frame = await there.ReadAsync().Soon();
        Assert.Equal(100_000, frame.BodyLength);
        await send;
        send = there.SendAsync(2, frame.Body).Soon();
        Assert.Equal(2, (await here.ReadAsync().Soon()).Header);
        await send;
    }

    [Fact]
    public async Task Alone_its_peer_is_the_test()
    {
        var alone = new MemoryConnection(new() { Pool = _pool, Scheduler = PipeScheduler.Inline });
        var connection = new FrameConnection<int>(alone, _codec, new() { Pool = _pool });
        var read = connection.ReadAsync().Soon();
        foreach (var b in _codec.Frame(1, "body"u8))
        {
            alone.Input.Deliver([b]);
        }

        Assert.Equal(1, (await read).Header);
        alone.Output.StallAfter(5);
        await connection.SendAsync(2, "reply"u8.ToArray()).Soon();
        Assert.Equal(5, alone.Output.TakenLength);
        alone.Output.Resume();
        Assert.Equal(_codec.Frame(2, "reply"u8), alone.Output.GetTaken());

        alone.Input.Deliver(_codec.Frame(3, "body"u8).AsSpan(0, 9));
        alone.Input.Fail(new FramedSocketException(FramedSocketError.ConnectionReset, "reset"));
        _ = await connection.ReadAsync().Soon().Fails(FramedSocketError.TruncatedFrame);
        await connection.DisposeAsync().Soon();
        Assert.True(alone.IsDisposed);
        _ = Assert.Throws<InvalidOperationException>(() => { _ = alone.WaitForPeerAsync(); });
        Assert.False(alone.Output.WasMisused);
    }

    private static Task Send(MemoryConnection from, string text) => from.Output.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text)).Soon();
}
