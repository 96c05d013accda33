using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FramedSockets.Framing;
using FramedSockets.Linux;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>Resets, blocked sends, and ends that come from anywhere at any moment.</summary>
[SupportedOSPlatform("linux")]
public abstract class LinuxConnectionTests(LinuxScheduling scheduling)
{
    public sealed class OnThePool() : LinuxConnectionTests(LinuxScheduling.ThreadPool);

    public sealed class OnTheLoop() : LinuxConnectionTests(LinuxScheduling.Inline);

    [LinuxFact]
    public async Task A_peer_that_resets_while_a_send_waits_fails_the_send_and_then_reads_as_no_clean_end()
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        var send = here.Output.WriteAsync(new byte[50_000_000]).Soon();
        peer.LingerState = new(true, 0);
        peer.Dispose();
        _ = await send.Fails(FramedSocketError.ConnectionReset);
        _ = await here.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionReset);
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task A_reset_that_a_send_has_found_is_no_clean_end_for_a_reader_either()
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        peer.LingerState = new(true, 0);
        peer.Dispose();
        await UntilResetAsync(here, new byte[1]);
        _ = await here.Input.ReadAsync().Soon().Fails(FramedSocketError.ConnectionReset);
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task An_abort_waits_for_the_send_that_the_system_is_in_for_its_memory_may_be_another_s_then()
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        using var go = new ManualResetEventSlim();
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.OnCall = call =>
        {
            if (call == SystemCall.Send)
            {
                inside.SetResult();
                Assert.True(go.Wait(TimeSpan.FromSeconds(30)));
            }
        };
        var read = here.Input.ReadAsync().Soon();
        var send = Task.Run(() => here.Output.WriteAsync(new byte[100]).Soon());
        await inside.Task.Soon();
        var abort = Task.Run(here.Abort);
        _ = await read.Fails(FramedSocketError.ConnectionAborted);
        for (var i = 0; i < 1000; i++)
        {
            Assert.False(abort.IsCompleted);
            await Task.Yield();
        }

        go.Set();
        await abort.Soon();
        _ = await send.Fails(FramedSocketError.ConnectionAborted);
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task A_file_is_never_read_on_the_loop_which_it_would_hold()
    {
        await using var rig = await Rig.Start(scheduling);
        var (calls, onTheLoop) = (0, 0);
        rig.OnCall = call =>
        {
            calls += call == SystemCall.SendFile ? 1 : 0;
            onTheLoop += call == SystemCall.SendFile && !Thread.CurrentThread.IsThreadPoolThread ? 1 : 0;
        };
        using var file = new TemporaryFile(20_000_000);
        await using var source = file.Open();
        var (here, peer) = await rig.Connect();
        var writer = new FrameWriter<int>(here.Output, new TagCodec());
        var send = writer.SendAsync(1, source, source.Length).Soon();
        var received = new byte[TagCodec.HeaderLength + file.Bytes.Length];
        await new NetworkStream(peer).ReadExactlyAsync(received).AsTask().Soon();
        await send;
        Assert.True(received.AsSpan(TagCodec.HeaderLength).SequenceEqual(file.Bytes));
        Assert.InRange(calls, 1, int.MaxValue);
        Assert.Equal(0, onTheLoop);
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task A_loop_that_asks_again_before_it_sleeps_serves_as_any_other()
    {
        await using var rig = await Rig.Start(scheduling, with: options => options with { SpinTime = TimeSpan.FromMilliseconds(1) });
        var (here, peer) = await rig.Connect();
        for (var i = 0; i < 20; i++)
        {
            var read = here.Input.ReadAtLeastAsync(10).Soon();
            _ = await peer.SendAsync(Frames.Body(10, i)).Soon();
            var result = await read;
            Assert.Equal(Frames.Body(10, i), result.Buffer.ToArray());
            here.Input.AdvanceTo(result.Buffer.End);
        }

        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task A_reset_behind_the_peer_s_end_leaves_it_an_end()
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        _ = await peer.SendAsync(Frames.Body(10)).Soon();
        peer.Dispose();
        var result = await here.Input.ReadAtLeastAsync(10).Soon();
        here.Input.AdvanceTo(result.Buffer.End);

        // What is sent to a closed socket is answered with a reset, over loopback before the call returns.
        _ = await here.Output.WriteAsync(new byte[1]).Soon();
        result = await here.Input.ReadAsync().Soon();
        Assert.True(result.IsCompleted);
        here.Input.AdvanceTo(result.Buffer.End);
        _ = await here.Output.WriteAsync(new byte[1]).Soon().Fails(FramedSocketError.ConnectionReset);
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task Bytes_from_before_the_end_are_read_to_the_last()
    {
        await using var rig = await Rig.Start(scheduling);
        for (var i = 0; i < 200; i++)
        {
            var (here, peer) = await rig.Connect();
            var read = Task.Run(() => here.Input.ReadToEnd());
            _ = await peer.SendAsync(Frames.Body(100 + i)).Soon();
            peer.Dispose();
            Assert.Equal(Frames.Body(100 + i), await read.Soon());
            await Rig.Close(here);
        }
    }

    [LinuxFact]
    public async Task An_end_at_any_moment_from_another_thread_ends_everything_that_waits()
    {
        await using var rig = await Rig.Start(scheduling);
        var body = new byte[5_000_000];
        for (var i = 0; i < 300; i++)
        {
            var (here, peer) = await rig.Connect();
            var reading = Task.Run(() => Fails(here.Input.ReadAsync()));
            var writing = Task.Run(() => Fails(here.Output.WriteAsync(body)));
            var sending = Task.Run(() => peer.Send(new byte[i % 3], SocketFlags.None, out _));
            var aborting = Task.Run(() =>
            {
                Thread.SpinWait(i * 20);
                here.Abort();
            });
            await Task.WhenAll(reading, writing, sending, aborting).Soon();
            await here.Output.CompleteAsync();
            await here.Input.CompleteAsync();
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => here.DisposeAsync().AsTask()))).Soon();
            peer.Dispose();
        }

        Assert.Empty(rig.Log.Of("EventFailed"));
    }

    [LinuxFact]
    public async Task A_reader_that_is_completed_under_a_read_ends_it_and_keeps_no_memory()
    {
        await using var rig = await Rig.Start(scheduling);
        for (var i = 0; i < 200; i++)
        {
            var (here, peer) = await rig.Connect();
            _ = await peer.SendAsync(new byte[10]).Soon();
            var result = await here.Input.ReadAtLeastAsync(10).Soon();
            here.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            var read = Fails(here.Input.ReadAsync());
            var sending = Task.Run(() => peer.Send(new byte[10], SocketFlags.None, out _));
            await here.Input.CompleteAsync();
            await read.Soon();
            _ = await sending.Soon();
            _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await here.Input.ReadAsync());
            await here.Output.CompleteAsync(new IOException("test"));
            await here.DisposeAsync().Soon();
            peer.Dispose();
        }
    }

    [LinuxFact]
    public async Task Descriptors_that_are_used_again_bring_nobody_what_was_another_s()
    {
        await using var rig = await Rig.Start(scheduling);
        for (var i = 0; i < 1000; i++)
        {
            var (here, peer) = await rig.Connect();
            var read = Task.Run(() => here.Input.ReadAsync().AsTask());
            _ = await peer.SendAsync(BitConverter.GetBytes(i)).Soon();
            var result = await read.Soon();
            Assert.Equal(BitConverter.GetBytes(i), result.Buffer.ToArray());
            Assert.False(result.IsCompleted);
            here.Input.AdvanceTo(result.Buffer.End);

            // Its last event is on the way while the number is given to the next.
            peer.Dispose();
            if (i % 2 == 0)
            {
                here.Abort();
            }

            await here.Input.CompleteAsync();
            await here.Output.CompleteAsync(new IOException("test"));
            await here.DisposeAsync().Soon();
        }
    }

    [LinuxFact]
    public async Task A_send_to_a_peer_that_is_gone_is_an_exception_and_no_signal()
    {
        await using var rig = await Rig.Start(scheduling);
        var (here, peer) = await rig.Connect();
        peer.Dispose();
        await UntilResetAsync(here, new byte[1000]);
        await Rig.Close(here);
    }

    /// <summary>Sends until a send finds the reset.</summary>
    private static Task UntilResetAsync(ITransportConnection here, byte[] bytes) => Timeouts.Until(async () =>
    {
        try
        {
            _ = await here.Output.WriteAsync(bytes).Soon();
            return false;
        }
        catch (FramedSocketException e)
        {
            Assert.Equal(FramedSocketError.ConnectionReset, e.Error);
            return true;
        }
    });

    private static async Task Fails(ValueTask<ReadResult> read)
    {
        try
        {
            _ = await read;
        }
        catch (FramedSocketException e)
        {
            Assert.Equal(FramedSocketError.ConnectionAborted, e.Error);
        }
    }

    private static async Task Fails(ValueTask<FlushResult> write) =>
        Assert.Equal(FramedSocketError.ConnectionAborted, (await Assert.ThrowsAsync<FramedSocketException>(async () => await write)).Error);
}
