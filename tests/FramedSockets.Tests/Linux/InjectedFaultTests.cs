using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>System calls that fail under a whole server, by strace: it serves who can be served, and goes on.</summary>
[SupportedOSPlatform("linux")]
public sealed class InjectedFaultTests
{
    private const string Waits = "?epoll_wait,?epoll_pwait";
    private const string Sends = "sendto,sendmsg";

    public static TheoryData<LinuxScheduling> Schedulings => [LinuxScheduling.ThreadPool, LinuxScheduling.Inline];

    [NeedsTheory(Need.Strace)]
    [MemberData(nameof(Schedulings))]
    public async Task Interrupted_calls_are_made_again(LinuxScheduling scheduling)
    {
        await using var child = await EchoChild.StartAsync(scheduling);
        await using var faults = await SystemCallFaults.StartAsync(child.Id, $"accept4,recvfrom,{Sends},{Waits}", "error=EINTR:when=1+2");
        await using var connection = await child.ConnectAsync();
        await EchoChild.EchoAsync(connection, 1, 1000, 100_000, 3, 1_000_000);
        await faults.WaitAsync();
    }

    [NeedsFact(Need.Strace)]
    public async Task A_send_that_would_block_goes_on_when_the_loop_says_so()
    {
        await using var child = await EchoChild.StartAsync(LinuxScheduling.Inline);
        await using var connection = await child.ConnectAsync();
        await EchoChild.EchoAsync(connection, 1);
        await using var faults = await SystemCallFaults.StartOnThreadAsync(child.LoopId, Sends, "error=EAGAIN:when=1");
        await EchoChild.EchoAsync(connection, 1000, 100_000, 3, 1_000_000);
        await faults.WaitAsync();
    }

    [NeedsTheory(Need.Strace)]
    [InlineData("EMFILE")]
    [InlineData("ENFILE")]
    [InlineData("ENOMEM")]
    [InlineData("ECONNABORTED")]
    public async Task Who_cannot_be_accepted_at_once_is_served_later(string error)
    {
        await using var child = await EchoChild.StartAsync(LinuxScheduling.ThreadPool);
        await using var faults = await SystemCallFaults.StartAsync(child.Id, "accept4", $"error={error}:when=1..3");
        await child.ServesAsync();
        await faults.WaitAsync();
    }

    /// <summary>The first call is for the connection; the second asks for those that follow.</summary>
    [NeedsTheory(Need.Strace)]
    [InlineData("ENOSPC:when=1")]
    [InlineData("ENOMEM:when=2")]
    [InlineData("ENOMEM:when=1..4")]
    public async Task Who_cannot_be_watched_is_let_go_and_the_next_is_served(string error)
    {
        await using var child = await EchoChild.StartAsync(LinuxScheduling.Inline);
        await using (var faults = await SystemCallFaults.StartAsync(child.Id, "epoll_ctl", $"error={error}"))
        {
            await using var first = await child.ConnectAsync();
            await using var second = await child.ConnectAsync();
            await faults.WaitAsync();
        }

        await child.ServesAsync();
    }

    [NeedsTheory(Need.Strace)]
    [InlineData(LinuxScheduling.ThreadPool, "recvfrom", "ECONNRESET")]
    [InlineData(LinuxScheduling.Inline, "recvfrom", "ENOMEM")]
    [InlineData(LinuxScheduling.ThreadPool, Sends, "EPIPE")]
    [InlineData(LinuxScheduling.Inline, Sends, "ENOBUFS")]
    public async Task A_connection_that_fails_ends_alone(LinuxScheduling scheduling, string calls, string error)
    {
        await using var child = await EchoChild.StartAsync(scheduling);
        await using var other = await child.ConnectAsync();
        await EchoChild.EchoAsync(other, 1);
        await using (var faults = await SystemCallFaults.StartAsync(child.Id, calls, $"error={error}:when=1"))
        {
            await using var connection = await child.ConnectAsync();
            await connection.SendAsync(1, Frames.Body(1)).Soon();
            await faults.WaitAsync();
            Assert.False(await HasFrameAsync(connection));
        }

        await EchoChild.EchoAsync(other, 1000);
        await child.ServesAsync();
    }

    [NeedsTheory(Need.Strace)]
    [InlineData(LinuxScheduling.ThreadPool, "EBADF")]
    [InlineData(LinuxScheduling.Inline, "EINVAL")]
    public async Task A_loop_that_cannot_wait_goes_on_with_its_connections(LinuxScheduling scheduling, string error)
    {
        await using var child = await EchoChild.StartAsync(scheduling);
        await using var other = await child.ConnectAsync();
        await EchoChild.EchoAsync(other, 1);
        await using (var faults = await SystemCallFaults.StartOnThreadAsync(child.LoopId, Waits, $"error={error}:when=1"))
        {
            await EchoChild.EchoAsync(other, 1000);
            await faults.WaitAsync();
        }

        await EchoChild.EchoAsync(other, 100_000);
        await child.ServesAsync();
    }

    /// <summary>Whether a frame comes before the end, calm or not.</summary>
    private static async Task<bool> HasFrameAsync(FrameConnection<int> connection)
    {
        try
        {
            return await connection.WaitToReadAsync().Soon();
        }
        catch (FramedSocketException)
        {
            return false;
        }
    }
}
