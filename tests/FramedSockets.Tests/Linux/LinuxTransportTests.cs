using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>Addresses, connecting, and options of sockets.</summary>
[SupportedOSPlatform("linux")]
public sealed class LinuxTransportTests
{
    [LinuxTheory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [NeedsData(Need.IPv6, "::1", "::1")]
    [NeedsData(Need.IPv6, "::", "::1")]
    public async Task Both_sides_know_both_addresses(string listen, string connect)
    {
        await using var rig = await Rig.Start(LinuxScheduling.ThreadPool, new IPEndPoint(IPAddress.Parse(listen), 0));
        var address = new IPEndPoint(IPAddress.Parse(connect), ((IPEndPoint)rig.EndPoint).Port);
        var there = await rig.Transport.ConnectAsync(address).Soon();
        var here = (await rig.Accept())!;
        Assert.Equal(address, there.RemoteEndPoint);
        Assert.Equal(address, here.LocalEndPoint);
        Assert.Equal(there.LocalEndPoint, here.RemoteEndPoint);
        await Task.WhenAll(Rig.Close(here), Rig.Close(there));
    }

    [LinuxFact]
    public async Task A_unix_socket_carries_bytes_both_ways()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var rig = await Rig.Start(LinuxScheduling.Inline, new UnixDomainSocketEndPoint(path));
        var there = await rig.Transport.ConnectAsync(rig.EndPoint).Soon();
        var here = (await rig.Accept())!;
        for (var i = 0; i < 50; i++)
        {
            var send = there.Output.WriteAsync(Frames.Body(300_000, i)).Soon();
            var result = await here.Input.ReadAtLeastAsync(300_000).Soon();
            Assert.Equal(Frames.Body(300_000, i), result.Buffer.ToArray());
            here.Input.AdvanceTo(result.Buffer.End);
            _ = await send;
        }

        await Task.WhenAll(Rig.Close(here), Rig.Close(there));
    }

    [LinuxFact]
    public async Task A_full_backlog_of_a_unix_socket_is_waited_for()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var rig = await Rig.Start(
            LinuxScheduling.ThreadPool, new UnixDomainSocketEndPoint(path), options => options with { Sockets = options.Sockets with { Backlog = 1 } });
        var connecting = Enumerable.Range(0, 6).Select(_ => rig.Transport.ConnectAsync(rig.EndPoint).Soon()).ToArray();
        Assert.False(connecting[^1].IsCompleted);

        // Room goes to whoever asks next, so that the first to wait may be the last to come in.
        var accepted = new List<ITransportConnection>();
        while (accepted.Count < connecting.Length)
        {
            accepted.Add((await rig.Accept())!);
        }

        accepted.AddRange(await Task.WhenAll(connecting));
        await Task.WhenAll(accepted.Select(Rig.Close)).Soon();
    }

    [LinuxFact]
    public async Task A_connect_that_nobody_answers_can_be_cancelled()
    {
        using var busy = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        busy.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        busy.Listen(0);
        var transport = new LinuxTransport(new() { Sockets = new() { Pool = CheckedPool.Create() } });
        using var cancel = new CancellationTokenSource();
        var connects = Enumerable.Range(0, 4).Select(_ => transport.ConnectAsync(busy.LocalEndPoint!, cancel.Token).AsTask()).ToArray();

        // The system answers for one or two; the packets of the others it ignores.
        await Timeouts.Until(() => connects.Any(connect => connect.IsCompletedSuccessfully));
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(connects).Soon());
        foreach (var connect in connects.Where(connect => connect.IsCompletedSuccessfully))
        {
            (await connect).Abort();
        }
    }

    [LinuxFact]
    public async Task Waiting_to_accept_can_be_cancelled_and_no_connection_is_lost()
    {
        await using var rig = await Rig.Start(LinuxScheduling.ThreadPool);
        await using var listener = await rig.Transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0)).Soon();
        using var cancel = new CancellationTokenSource();
        var accept = listener.AcceptAsync(cancel.Token).Soon();
        await cancel.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accept);
        var there = await rig.Transport.ConnectAsync(listener.EndPoint).Soon();
        var here = (await listener.AcceptAsync().Soon())!;
        await Task.WhenAll(Rig.Close(here), Rig.Close(there));
        var last = listener.AcceptAsync().Soon();
        await listener.DisposeAsync();
        await listener.DisposeAsync();
        Assert.Null(await last);
        Assert.Null(await listener.AcceptAsync().Soon());
    }
}
