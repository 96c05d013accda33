using System.Collections.Concurrent;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

public sealed class DatagramRunTests
{
    [Fact]
    public async Task One_receiver_handles_frames_in_turn()
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        var run = server.RunAsync(async datagram =>
        {
            await Task.Yield();
            await datagram.ReplyAsync(datagram.Header, datagram.Body);
        });
        for (byte i = 0; i < 100; i++)
        {
            await client.SendAsync(i, new[] { i }).Soon();
            Assert.Equal(i, (await client.ReceiveAsync().Soon()).Header);
        }

        await server.DisposeAsync();
        await run.Soon();
    }

    [Fact]
    public async Task Several_receivers_work_at_the_same_time_on_their_own_bytes()
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        var together = new TaskCompletionSource();
        var inside = 0;
        var bodies = new ConcurrentBag<byte>();
        var run = server.RunAsync(
            async datagram =>
            {
                if (Interlocked.Increment(ref inside) == 4)
                {
                    together.SetResult();
                }

                await together.Task;
                bodies.Add(datagram.Body.FirstSpan[0]);
                await datagram.ReplyAsync(datagram.Header, datagram.Body);
            },
            new() { Receivers = 4 });
        for (byte i = 0; i < 4; i++)
        {
            await client.SendAsync(i, new[] { i }).Soon();
        }

        for (var i = 0; i < 4; i++)
        {
            var answer = await client.ReceiveAsync().Soon();
            Assert.Equal(answer.Header, answer.Body.FirstSpan[0]);
        }

        Assert.Equal(new byte[] { 0, 1, 2, 3 }, bodies.Order());
        await server.DisposeAsync();
        await run.Soon();
    }

    [Theory]
    [InlineData(DatagramQueueFull.Wait)]
    [InlineData(DatagramQueueFull.DropNewest)]
    [InlineData(DatagramQueueFull.DropOldest)]
    public async Task A_handler_that_never_ends_stops_no_other(DatagramQueueFull policy)
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        var release = new TaskCompletionSource();
        var run = server.RunAsync(
            async datagram =>
            {
                if (datagram.Header == 254)
                {
                    await release.Task;
                }

                await datagram.ReplyAsync(datagram.Header, datagram.Body);
            },
            new() { Receivers = 2, QueueLength = 4, WhenFull = policy });
        await client.SendAsync(254, default).Soon();
        for (byte i = 0; i < 200; i++)
        {
            await client.SendAsync(i, default).Soon();
            Assert.Equal(i, (await client.ReceiveAsync().Soon()).Header);
        }

        release.SetResult();
        Assert.Equal(254, (await client.ReceiveAsync().Soon()).Header);
        await server.DisposeAsync();
        await run.Soon();
        Assert.Equal(0, server.Counters.Dropped);
    }

    [Fact]
    public async Task A_full_queue_that_waits_may_be_cancelled_and_counts_what_it_drops()
    {
        var pool = CheckedPool.Create();
        await using var server = Endpoints.Bind(new() { Pool = pool });
        await using var client = Endpoints.Connect(server);
        using var cancellation = new CancellationTokenSource();
        var release = new TaskCompletionSource();
        var run = server.RunAsync(async _ => await release.Task, new() { Receivers = 2, QueueLength = 1 }, cancellation.Token);
        for (byte i = 0; i < 4; i++)
        {
            await client.SendAsync(i, default).Soon();
        }

        // Two in handlers, one in the queue, one that waits for room.
        await Timeouts.Until(() => pool.Outstanding == 4);
        await cancellation.CancelAsync();
        await Timeouts.Until(() => server.Counters.Dropped == 1);
        release.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Soon());

        Assert.Equal((1, 3), (server.Counters.Dropped, server.Counters.Received));
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(DatagramQueueFull.DropNewest, new byte[] { 0, 1, 2 })]
    [InlineData(DatagramQueueFull.DropOldest, new byte[] { 0, 8, 9 })]
    [InlineData(DatagramQueueFull.Wait, new byte[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })]
    public async Task A_full_queue_does_what_the_policy_says(DatagramQueueFull policy, byte[] handled)
    {
        var pool = CheckedPool.Create();
        await using var server = Endpoints.Bind(new() { Pool = pool });
        await using var client = Endpoints.Connect(server);
        var began = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var headers = new ConcurrentQueue<byte>();
        var run = server.RunAsync(
            async datagram =>
            {
                headers.Enqueue(datagram.Header);
                began.TrySetResult();
                await release.Task;
            },
            new() { QueueLength = 2, WhenFull = policy });
        await client.SendAsync(0, default).Soon();
        await began.Task.Soon();
        for (byte i = 1; i < 10; i++)
        {
            await client.SendAsync(i, default).Soon();
        }

        await Timeouts.Until(() => server.Counters.Dropped == 10 - handled.Length);
        release.SetResult();
        await Timeouts.Until(() => headers.Count == handled.Length);
        await server.DisposeAsync();
        await run.Soon();

        Assert.Equal(handled, headers);
        Assert.Equal((10 - handled.Length, handled.Length), (server.Counters.Dropped, server.Counters.Received));
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_handler_that_throws_harms_no_other_frame(int receivers)
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        var run = server.RunAsync(
            datagram => datagram.Header == 1 ? throw new InvalidOperationException() : datagram.ReplyAsync(datagram.Header, datagram.Body),
            new() { Receivers = receivers });
        await client.SendAsync(1, default).Soon();
        await client.SendAsync(2, default).Soon();

        Assert.Equal(2, (await client.ReceiveAsync().Soon()).Header);
        await server.DisposeAsync();
        await run.Soon();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_datagram_kept_beyond_its_handler_throws(int receivers)
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        var kept = new TaskCompletionSource<Datagram<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = server.RunAsync(
            datagram =>
            {
                kept.SetResult(datagram);
                return default;
            },
            new() { Receivers = receivers });
        await client.SendAsync(1, default).Soon();
        var datagram = await kept.Task.Soon();
        await server.DisposeAsync();
        await run.Soon();

        Assert.Throws<InvalidOperationException>(() => datagram.Body);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Cancelling_ends_the_run_and_the_endpoint_may_be_read_on(int receivers)
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        using var cancellation = new CancellationTokenSource();
        var run = server.RunAsync(_ => default, new() { Receivers = receivers }, cancellation.Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ReceiveAsync().Soon());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Soon());

        await client.SendAsync(3, default).Soon();

        Assert.Equal(3, (await server.ReceiveAsync().Soon()).Header);
    }

    [Theory]
    [InlineData("plain", 1)]
    [InlineData("plain", 2)]
    [InlineData("batched", 1)]
    [InlineData("batched", 2)]
    [InlineData("offloaded", 1)]
    [InlineData("offloaded", 2)]
    public async Task What_was_received_before_the_run_is_handled_first(string way, int receivers)
    {
        await using var server = Endpoints.Bind(Endpoints.Way(way) with { MaxPackedLength = 1000 });
        await using var client = Endpoints.Connect(server, Endpoints.Way(way) with { MaxPackedLength = 1000 });
        var batch = client.CreateBatch();
        for (byte i = 0; i < 3; i++)
        {
            batch.Add(i, new[] { i });
        }

        await client.SendBatchAsync(batch).Soon();
        for (byte i = 3; i < 10; i++)
        {
            await client.SendAsync(i, new[] { i }).Soon();
        }

        var before = await server.ReceiveAsync().Soon();
        Assert.Equal(0, before.Header);
        var handled = new ConcurrentQueue<(byte Header, byte Body)>();
        var run = server.RunAsync(
            datagram =>
            {
                handled.Enqueue((datagram.Header, datagram.Body.FirstSpan[0]));
                return default;
            },
            new() { Receivers = receivers });
        await Timeouts.Until(() => handled.Count == 9);
        _ = Assert.Throws<InvalidOperationException>(() => before.Body);
        Assert.Equal(Enumerable.Range(1, 9).Select(i => ((byte)i, (byte)i)), handled.Order());
        await server.DisposeAsync();
        await run.Soon();
        Assert.Equal((8, 0), (server.Counters.Received, server.Counters.Dropped));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_run_leaves_nothing_that_is_received_again(int receivers)
    {
        await using var server = Endpoints.Bind();
        await using var client = Endpoints.Connect(server);
        using var cancellation = new CancellationTokenSource();
        var handled = new TaskCompletionSource<byte>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = server.RunAsync(
            datagram =>
            {
                handled.SetResult(datagram.Header);
                return default;
            },
            new() { Receivers = receivers },
            cancellation.Token);
        await client.SendAsync(1, new byte[5]).Soon();
        Assert.Equal(1, await handled.Task.Soon());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Soon());
        Assert.False(server.TryReceive(out _));
        await client.SendAsync(2, new byte[6]).Soon();
        var next = await server.ReceiveAsync().Soon();
        Assert.Equal(((byte)2, 6L), (next.Header, next.Body.Length));
    }
}
