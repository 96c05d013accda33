using FramedSockets.Tests.Support;
using FramedSockets.Udp;

namespace FramedSockets.Tests.Udp;

/// <summary>Disposal at any moment.</summary>
public sealed class DatagramEndTests
{
    public static TheoryData<string> Ways => Endpoints.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_pending_wait_ends_calmly_and_a_loop_as_well(string way)
    {
        var waiting = Endpoints.Bind(Endpoints.Way(way));
        var looping = Endpoints.Bind(Endpoints.Way(way));
        var running = Endpoints.Bind(Endpoints.Way(way));
        var wait = waiting.WaitToReceiveAsync().AsTask();
        var loop = LoopAsync(looping);
        var run = running.RunAsync(_ => default, new() { Receivers = 2 });

        await waiting.DisposeAsync();
        await looping.DisposeAsync();
        await running.DisposeAsync();

        Assert.False(await wait.Soon());
        Assert.Equal(0, await loop.Soon());
        await run.Soon();

        static async Task<int> LoopAsync(UdpDatagramEndpoint<byte> endpoint)
        {
            var count = 0;
            await foreach (var _ in endpoint.ReceiveAllAsync())
            {
                count++;
            }

            return count;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_the_end_everything_says_so(string way)
    {
        var endpoint = Endpoints.Bind(Endpoints.Way(way));
        var peer = endpoint.Peer();
        var batch = endpoint.CreateBatch();
        batch.Add(1, [], peer);
        await endpoint.DisposeAsync();
        await endpoint.DisposeAsync();

        Assert.False(await endpoint.WaitToReceiveAsync().Soon());
        Assert.False(endpoint.TryReceive(out _));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => endpoint.ReceiveAsync().Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => endpoint.SendAsync(1, default, peer).Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => endpoint.SendBatchAsync(batch).Soon());
        Assert.Throws<ObjectDisposedException>(() => endpoint.TrySend(1, [], peer));
        Assert.Equal(0, endpoint.Counters.Sent);
        await endpoint.RunAsync(_ => default).Soon();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Disposal_in_the_middle_of_traffic_harms_nothing(string way)
    {
        for (var round = 0; round < 100; round++)
        {
            var server = Endpoints.Bind(Endpoints.Way(way));
            var client = Endpoints.Connect(server, Endpoints.Way(way));
            var run = server.RunAsync(d => d.ReplyAsync(d.Header, d.Body), new() { Receivers = 1 + (round % 2) });
            var send = SendAsync(client);
            var receive = ReceiveAsync(client);
            await Timeouts.Until(() => client.Counters.Received > round % 10);
            await Task.WhenAll(server.DisposeAsync().AsTask(), client.DisposeAsync().AsTask()).Soon();

            await Task.WhenAll(send, receive).Soon();
            try
            {
                await run.Soon();
            }
            catch (ObjectDisposedException)
            {
                // A reply met the end.
            }
        }

        static async Task SendAsync(UdpDatagramEndpoint<byte> client)
        {
            var batch = client.CreateBatch();
            try
            {
                while (true)
                {
                    await client.SendAsync(1, new byte[10]);
                    batch.Add(2, new byte[10]);
                    batch.Add(3, new byte[10]);
                    await client.SendBatchAsync(batch);
                    await Task.Yield();
                }
            }
            catch (ObjectDisposedException)
            {
                // The end.
            }
        }

        static async Task ReceiveAsync(UdpDatagramEndpoint<byte> client)
        {
            await foreach (var datagram in client.ReceiveAllAsync())
            {
                Assert.InRange(datagram.Header, 1, 3);
            }
        }
    }
}
