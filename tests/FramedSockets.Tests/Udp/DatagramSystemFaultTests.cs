using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Udp;

/// <summary>System calls that fail, by strace: what no socket of this machine can be made to say.</summary>
public sealed class DatagramSystemFaultTests
{
    private const string NoRoom = "error=ENOBUFS";

    /// <summary>EHWPOISON: no socket says it, and .NET has no name for it.</summary>
    private const string Unknown = "error=133";

    private const string Sends = "sendto,sendmsg,sendmmsg";
    private const string Receives = "recvmsg,recvmmsg";
    private static readonly byte[] Body = [1, 2, 3];

    public static TheoryData<string> Ways => Endpoints.Ways;

    [NeedsTheory(Need.Strace)]
    [MemberData(nameof(Ways))]
    public async Task A_send_that_finds_no_room_may_be_repeated(string way)
    {
        await using var peer = Endpoints.Bind(Endpoints.Way(way));
        await using var child = DatagramChild.Start(way, peer);
        Assert.Equal("sent", await child.DoAsync("send", 1));
        await using (await SystemCallFaults.StartAsync(child.Id, Sends, NoRoom))
        {
            Assert.Equal("TransportFailed NoBufferSpaceAvailable", await child.DoAsync("send", 2));
            Assert.Equal("TransportFailed NoBufferSpaceAvailable", await child.DoAsync("batch", 3));
            Assert.Equal("TransportFailed NoBufferSpaceAvailable", await child.DoAsync("batch", 4));
            Assert.Equal("full", await child.DoAsync("try", 5));
        }

        // What failed was not sent; what was in the batch still is.
        Assert.Equal("sent", await child.DoAsync("batch", 6));
        Assert.Equal("sent", await child.DoAsync("try", 7));
        foreach (var header in new byte[] { 1, 3, 4, 6, 7 })
        {
            Assert.Equal(header, (await peer.ReceiveAsync().Soon()).Header);
        }
    }

    [NeedsTheory(Need.Strace)]
    [MemberData(nameof(Ways))]
    public async Task An_unknown_error_ends_neither_senders_nor_loops(string way)
    {
        await using var peer = Endpoints.Bind(Endpoints.Way(way));
        await using var child = DatagramChild.Start(way, peer);
        Assert.Equal("sent", await child.DoAsync("send", 1));
        var first = await peer.ReceiveAsync().Soon();
        await using (await SystemCallFaults.StartAsync(child.Id, Sends, Unknown))
        {
            foreach (var what in new[] { "send", "try", "batch" })
            {
                Assert.Equal("TransportFailed SocketError", await child.DoAsync(what, 2));
            }
        }

        await using (var faults = await SystemCallFaults.StartAsync(child.Id, Receives, Unknown))
        {
            await first.ReplyAsync(3, Body).Soon();
            await faults.WaitAsync();
            await faults.WaitAsync();
        }

        // The loop in the child, which has failed twice and more, echoes what it meanwhile could not read.
        Assert.Equal(3, (await peer.ReceiveAsync().Soon()).Header);
        Assert.Equal("sent", await child.DoAsync("batch", 4));
        Assert.Equal(2, (await peer.ReceiveAsync().Soon()).Header);
        Assert.Equal(4, (await peer.ReceiveAsync().Soon()).Header);
    }

    [NeedsFact(Need.Strace)]
    public async Task Offload_that_a_device_cannot_do_is_given_up_and_nothing_is_lost()
    {
        await using var peer = Endpoints.Bind();
        await using var child = DatagramChild.Start("offloaded", peer);
        Assert.Equal("sent", await child.DoAsync("send", 1));
        await using (await SystemCallFaults.StartAsync(child.Id, "sendmmsg", NoRoom))
        {
            Assert.Equal("TransportFailed NoBufferSpaceAvailable", await child.DoAsync("batch", 2));
        }

        await using (await SystemCallFaults.StartAsync(child.Id, "sendmmsg", "error=EIO:when=1"))
        {
            Assert.Equal("sent", await child.DoAsync("batch", 3));
        }

        foreach (var header in new byte[] { 1, 2, 3 })
        {
            Assert.Equal(header, (await peer.ReceiveAsync().Soon()).Header);
        }
    }
}
