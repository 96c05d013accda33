using System.Collections.Concurrent;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>Runs that end while one receive has given more than was handled, or in the middle of a datagram.</summary>
public sealed class DatagramRunEndTests
{
    private const int Datagrams = 10;

    [Theory]
    [InlineData("plain", 1)]
    [InlineData("plain", 2)]
    [InlineData("batched", 1)]
    [InlineData("batched", 2)]
    [InlineData("offloaded", 1)]
    [InlineData("offloaded", 2)]
    public async Task A_cancelled_run_leaves_to_others_what_it_has_not_taken(string way, int receivers)
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = Bind(way, count => AtFirst(count, cancellation.Cancel));
        await SendAsync(server);
        var handled = new ConcurrentQueue<byte>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(server, receivers, handled, cancellation.Token));

        Assert.Equal(new byte[] { 0 }, handled);
        for (byte i = 1; i < Datagrams; i++)
        {
            Assert.Equal(i, (await server.ReceiveAsync().Soon()).Header);
        }

        Assert.Equal((Datagrams, 0), (server.Counters.Received, server.Counters.Dropped));
    }

    [Theory]
    [InlineData("plain", 1)]
    [InlineData("plain", 2)]
    [InlineData("batched", 1)]
    [InlineData("batched", 2)]
    [InlineData("offloaded", 1)]
    [InlineData("offloaded", 2)]
    public async Task A_run_takes_nothing_more_from_an_endpoint_that_was_disposed(string way, int receivers)
    {
        UdpDatagramEndpoint<byte>? disposed = null;
        await using var server = Bind(way, count => AtFirst(count, () => Assert.True(disposed!.DisposeAsync().IsCompleted)));
        disposed = server;
        await SendAsync(server);
        var handled = new ConcurrentQueue<byte>();

        await RunAsync(server, receivers, handled, default);

        Assert.Equal(new byte[] { 0 }, handled);
    }

    [Fact]
    public async Task A_receiver_that_fails_gives_its_datagram_s_memory_back()
    {
        var pool = CheckedPool.Create();
        var failed = new TaskCompletionSource();
        var codec = new HookedCodec(count =>
        {
            // The first is the reader's.
            if (count == 1)
            {
                failed.SetResult();
                throw new OutOfMemoryException();
            }
        });
        await using var server = UdpDatagramEndpoint.Bind(codec, Endpoints.AnyPort, new() { Pool = pool });
        await using var client = Endpoints.Connect(server);
        var run = server.RunAsync(_ => default, new() { Receivers = 2 });
        await client.SendAsync(1, new byte[5]).Soon();
        await failed.Task.Soon();
        await server.DisposeAsync();

        await Assert.ThrowsAsync<OutOfMemoryException>(() => run.Soon());
        Assert.Equal(0, pool.Outstanding);
    }

    private static UdpDatagramEndpoint<byte> Bind(string way, Action<int> hook) =>
        UdpDatagramEndpoint.Bind(new HookedCodec(hook), Endpoints.AnyPort, Endpoints.Way(way));

    private static void AtFirst(int count, Action action)
    {
        if (count == 0)
        {
            action();
        }
    }

    private static async Task SendAsync(UdpDatagramEndpoint<byte> server)
    {
        await using var client = Endpoints.Connect(server);
        for (byte i = 0; i < Datagrams; i++)
        {
            await client.SendAsync(i, default).Soon();
        }
    }

    private static Task RunAsync(
        UdpDatagramEndpoint<byte> server, int receivers, ConcurrentQueue<byte> handled, CancellationToken cancellationToken) => server.RunAsync(
            datagram =>
            {
                handled.Enqueue(datagram.Header);
                return default;
            },
            new() { Receivers = receivers },
            cancellationToken).Soon();
}
