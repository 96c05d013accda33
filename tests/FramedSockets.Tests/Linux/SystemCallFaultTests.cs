using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>What each system call may fail with has an exact outcome, and the loop goes on.</summary>
[SupportedOSPlatform("linux")]
public abstract class SystemCallFaultTests(LinuxScheduling scheduling)
{
    public sealed class OnThePool() : SystemCallFaultTests(LinuxScheduling.ThreadPool);

    public sealed class OnTheLoop() : SystemCallFaultTests(LinuxScheduling.Inline);

    [LinuxTheory]
    [InlineData(Errno.TooManyFiles, SocketError.TooManyOpenSockets)]
    [InlineData(Errno.TooManyFilesInSystem, SocketError.TooManyOpenSockets)]
    [InlineData(Errno.NoMemory, SocketError.NoBufferSpaceAvailable)]
    [InlineData(Errno.NoBufferSpace, SocketError.NoBufferSpaceAvailable)]
    [InlineData(1, SocketError.AccessDenied)]
    public async Task An_accept_that_the_system_cannot_do_throws_and_the_connection_comes_with_the_next(int error, SocketError expected)
    {
        await using var rig = await Rig.Start(scheduling);
        rig.Plan(SystemCall.Accept, -error);
        using var peer = await rig.ConnectPeer();
        var failure = await Assert.ThrowsAsync<SocketException>(rig.Accept);
        Assert.Equal(expected, failure.SocketErrorCode);
        await Rig.Close((await rig.Accept())!);
    }

    [LinuxTheory]
    [InlineData(Errno.Interrupted)]
    [InlineData(Errno.ConnectionAborted)]
    [InlineData(Errno.Protocol)]
    public async Task An_accept_that_fails_for_one_connection_takes_the_next(int error)
    {
        await using var rig = await Rig.Start(scheduling);
        rig.Plan(SystemCall.Accept, -error, -error, -error);
        var (here, peer) = await rig.Connect();
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task A_connection_that_the_loop_cannot_watch_fails_its_accept_only()
    {
        await using var rig = await Rig.Start(scheduling);
        rig.Plan(SystemCall.EpollControl, -Errno.NoSpace);
        using var refused = await rig.ConnectPeer();
        _ = await Assert.ThrowsAsync<SocketException>(rig.Accept);
        Assert.Equal(0, await refused.ReceiveAsync(new byte[1]).Soon());
        var (here, peer) = await rig.Connect();
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxTheory]
    [InlineData(Errno.ConnectionReset, FramedSocketError.ConnectionReset)]
    [InlineData(Errno.BrokenPipe, FramedSocketError.ConnectionReset)]
    [InlineData(110, FramedSocketError.ConnectionTimedOut)]
    [InlineData(113, FramedSocketError.ConnectionTimedOut)]
    [InlineData(5, null)]
    [InlineData(Errno.InvalidArgument, null)]
    [InlineData(Errno.NoMemory, null)]
    public async Task A_file_that_cannot_be_sent_is_left_to_its_reader_unless_the_connection_failed(int error, FramedSocketError? expected)
    {
        await using var rig = await Rig.Start(scheduling);
        using var file = new TemporaryFile(1000);
        using var handle = File.OpenHandle(file.FullName);
        var (here, peer) = await rig.Connect();
        var output = (IFileOutput)here.Output;
        rig.Plan(SystemCall.SendFile, -Errno.Interrupted, 300, -Errno.TryAgain, -error);
        Assert.Equal(300, output.TrySendFile(handle, 0, 1000));
        Assert.Equal(0, output.TrySendFile(handle, 300, 700));
        var failure = Record.Exception(() => Assert.Equal(-1, output.TrySendFile(handle, 300, 700)));
        Assert.Equal(expected, (failure as FramedSocketException)?.Error);
        if (expected is null)
        {
            _ = await here.Output.WriteAsync(file.Bytes.AsMemory(300)).Soon();
            var received = new byte[1000];
            await new NetworkStream(peer).ReadExactlyAsync(received).AsTask().Soon();
            Assert.Equal(file.Bytes, received);
        }

        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxTheory]
    [InlineData(Errno.NoMemory, FramedSocketError.TransportFailed)]
    [InlineData(Errno.NoBufferSpace, FramedSocketError.TransportFailed)]
    [InlineData(Errno.ConnectionReset, FramedSocketError.ConnectionReset)]
    [InlineData(110, FramedSocketError.ConnectionTimedOut)]
    [InlineData(113, FramedSocketError.ConnectionTimedOut)]
    public async Task A_receive_or_send_that_fails_ends_its_connection_with_the_reason(int error, FramedSocketError expected)
    {
        await using var rig = await Rig.Start(scheduling);
        var (receiving, sender) = await rig.Connect();
        var read = receiving.Input.ReadAsync().Soon();
        rig.Plan(SystemCall.Receive, -error);
        _ = await sender.SendAsync(new byte[1]).Soon();
        _ = await read.Fails(expected);
        _ = await receiving.Input.ReadAsync().Soon().Fails(expected);

        var (sending, receiver) = await rig.Connect();
        rig.Plan(SystemCall.Send, -error);
        _ = await sending.Output.WriteAsync(new byte[1]).Soon().Fails(expected);
        Assert.Equal(0, rig.Pool.Outstanding);
        sender.Dispose();
        receiver.Dispose();
        await Rig.Close(receiving);
        await Rig.Close(sending);
    }

    [LinuxFact]
    public async Task Interrupted_receives_and_sends_are_made_again_and_those_that_would_block_wait()
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        var read = here.Input.ReadAsync().Soon();
        rig.Plan(SystemCall.Receive, -Errno.Interrupted, -Errno.Interrupted);
        _ = await peer.SendAsync(Frames.Body(100)).Soon();
        var result = await read;
        Assert.Equal(Frames.Body(100), result.Buffer.ToArray());
        here.Input.AdvanceTo(result.Buffer.End);

        rig.Plan(SystemCall.Send, -Errno.Interrupted, 40, -Errno.TryAgain);
        _ = await here.Output.WriteAsync(Frames.Body(100)).Soon();
        var received = new byte[100];
        await new NetworkStream(peer).ReadExactlyAsync(received).Soon();
        Assert.Equal(Frames.Body(100), received);
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4096)]
    public async Task Sends_that_take_a_few_bytes_lose_none(int most)
    {
        await using var rig = await Rig.Start(scheduling);
        rig.Plan(SystemCall.Send, [.. Enumerable.Repeat(most, 10_000)]);
        var options = new FrameConnectionOptions { Pool = rig.Pool };
        await using var server = new TcpFrameServer<int>(new TagCodec(), Loopback.Echo, new() { Transport = rig.Transport, Connection = options });
        await server.StartAsync().Soon();
        await using var client = await new TcpFrameClient<int>(new TagCodec(), new() { Transport = rig.Transport, Connection = options })
            .ConnectAsync(server.LocalEndPoint!).Soon();
        foreach (var length in new[] { 0, 1, 100, 3000, 40_000, 100_000 })
        {
            var send = client.SendAsync(length, Frames.Body(length)).Soon();
            Assert.True(await client.WaitToReadAsync().Soon());
            Assert.True(client.TryRead(out var frame));
            Assert.Equal(Frames.Body(length), frame.Body.ToArray());
            await send;
        }
    }

    [LinuxTheory]
    [InlineData(nameof(SystemCall.EpollCreate), Errno.TooManyFiles)]
    [InlineData(nameof(SystemCall.EventCreate), Errno.TooManyFiles)]
    [InlineData(nameof(SystemCall.EpollControl), Errno.NoMemory)]
    public async Task A_loop_that_cannot_begin_says_so_and_begins_with_the_next(string call, int error)
    {
        var refused = true;
        var transport = new LinuxTransport(
            new() { Scheduling = scheduling, LoopCount = 1 }, new(made => refused && made == Enum.Parse<SystemCall>(call) ? -error : 0));
        var endPoint = new IPEndPoint(IPAddress.Loopback, 0);
        for (var i = 0; i < 3; i++)
        {
            _ = await Assert.ThrowsAsync<SocketException>(() => transport.ListenAsync(endPoint).Soon());
        }

        refused = false;
        await using var listener = await transport.ListenAsync(endPoint).Soon();
        var connecting = transport.ConnectAsync(listener.EndPoint).Soon();
        await Rig.Close((await listener.AcceptAsync().Soon())!);
        await Rig.Close(await connecting);
    }

    [LinuxFact]
    public async Task A_listener_whose_loop_cannot_begin_leaves_its_address_to_the_next()
    {
        // Where there is no memory or no thread, that is thrown; the system's calls only return.
        var refused = true;
        var transport = new LinuxTransport(
            new() { Scheduling = scheduling, LoopCount = 1 },
            new(made => refused && made == SystemCall.EpollCreate ? throw new OutOfMemoryException() : 0));
        var endPoint = new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        _ = await Assert.ThrowsAsync<OutOfMemoryException>(async () => await transport.ListenAsync(endPoint));

        refused = false;
        await using var listener = await transport.ListenAsync(endPoint).Soon();
        Assert.Equal(endPoint, listener.EndPoint);
    }

    [LinuxTheory]
    [InlineData(nameof(SystemCall.Socket), Errno.TooManyFiles, SocketError.TooManyOpenSockets)]
    [InlineData(nameof(SystemCall.Option), Errno.NoMemory, SocketError.NoBufferSpaceAvailable)]
    [InlineData(nameof(SystemCall.Connect), 101, SocketError.NetworkUnreachable)]
    [InlineData(nameof(SystemCall.EpollControl), Errno.NoSpace, SocketError.NoBufferSpaceAvailable)]
    [InlineData(nameof(SystemCall.EpollControl), Errno.BadDescriptor, SocketError.OperationAborted)]
    public async Task A_connect_that_fails_says_with_what(string call, int error, SocketError expected)
    {
        await using var rig = await Rig.Start(scheduling);
        rig.Plan(Enum.Parse<SystemCall>(call), -error);
        var failure = await Assert.ThrowsAsync<SocketException>(() => rig.Transport.ConnectAsync(rig.EndPoint).Soon());
        Assert.Equal(expected, failure.SocketErrorCode);
        await Rig.Close(await rig.Transport.ConnectAsync(rig.EndPoint).Soon());
    }

    [LinuxTheory]
    [InlineData(Errno.BadDescriptor)]
    [InlineData(22)]
    public async Task A_loop_that_cannot_wait_goes_on_with_a_new_descriptor(int error)
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        rig.Plan(SystemCall.EpollWait, -Errno.Interrupted, -error, -error);
        for (var i = 0; i < 5; i++)
        {
            var read = here.Input.ReadAsync().Soon();
            _ = await peer.SendAsync(Frames.Body(100, i)).Soon();
            var result = await read;
            Assert.Equal(Frames.Body(100, i), result.Buffer.ToArray());
            here.Input.AdvanceTo(result.Buffer.End);
        }

        Assert.Equal(2, rig.Log.Of("LoopFailed").Count);
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxTheory]
    [InlineData(Errno.BadDescriptor)]
    [InlineData(Errno.InvalidArgument)]
    public async Task A_loop_whose_descriptor_somebody_else_has_closed_is_opened_anew_as_soon_as_anybody_finds_it_closed(int error)
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        using var elsewhere = new Socket(SocketType.Stream, ProtocolType.Tcp);
        elsewhere.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        elsewhere.Listen();

        // Nothing that the loop watches has an event. It waits anew when the connect has woken it.
        rig.Plan(SystemCall.EpollControl, -error, -error);
        rig.OnCall = call =>
        {
            if (call == SystemCall.EpollControl)
            {
                rig.OnCall = null;
                rig.Plan(SystemCall.EpollWait, -error);
            }
        };
        await Rig.Close(await rig.Transport.ConnectAsync(elsewhere.LocalEndPoint!).Soon());
        _ = Assert.Single(rig.Log.Of("LoopFailed"));
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task What_a_new_descriptor_cannot_watch_is_told_and_the_others_go_on()
    {
        await using var rig = await Rig.Start(scheduling);
        var (kept, keptPeer) = await rig.Connect();
        var (lost, lostPeer) = await rig.Connect();
        var read = lost.Input.ReadAsync().Soon();

        var accept = rig.Accept();

        // What wakes the loop is watched first, and then the listener.
        rig.Plan(SystemCall.EpollControl, 0, -Errno.NoSpace, 0, -Errno.NoMemory);
        rig.Plan(SystemCall.EpollWait, -Errno.BadDescriptor);
        var keptRead = kept.Input.ReadAsync().Soon();
        _ = await keptPeer.SendAsync(new byte[1]).Soon();
        kept.Input.AdvanceTo((await keptRead).Buffer.End);
        _ = await read.Fails(FramedSocketError.ConnectionAborted);
        _ = await lost.Output.WriteAsync(new byte[1]).Soon().Fails(FramedSocketError.ConnectionAborted);

        keptRead = kept.Input.ReadAsync().Soon();
        _ = await keptPeer.SendAsync(new byte[1]).Soon();
        kept.Input.AdvanceTo((await keptRead).Buffer.End);
        var laterPeer = await rig.ConnectPeer();
        var later = (await accept)!;
        await Rig.Close(lost);
        foreach (var (here, peer) in new[] { (kept, keptPeer), (later, laterPeer) })
        {
            peer.Dispose();
            await Rig.Close(here);
        }

        lostPeer.Dispose();
    }
}
