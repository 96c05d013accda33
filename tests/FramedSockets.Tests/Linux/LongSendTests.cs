using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>A send of much memory, on a loop that others share.</summary>
[SupportedOSPlatform("linux")]
public sealed class LongSendTests
{
    private const int Piece = 16 * 1024;
    private const int MostInTurn = 1024 * 1024;

    [LinuxTheory]
    [InlineData(0)]
    [InlineData(3 * MostInTurn)]
    public async Task A_peer_that_takes_all_at_once_does_not_hold_the_loop_for_a_whole_body(int waiting)
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (here, peer) = await rig.Connect();
        var expected = Frames.Body(waiting).Concat(Frames.Body(8 * MostInTurn)).ToArray();
        var (inTurn, most) = (0, 0);
        var taking = TakeAsync(rig, peer, expected.Length, call =>
        {
            inTurn = call == SystemCall.EpollWait ? 0 : inTurn + (call == SystemCall.Send ? 1 : 0);
            most = Math.Max(most, inTurn);
        });
        here.Output.Write(expected.AsSpan(0, waiting));
        _ = await (await OnTheLoop(here, peer, () => here.Output.WriteAsync(expected.AsMemory(waiting)))).Soon();
        Assert.Equal(expected, await taking.Soon());

        // One turn in answer to an event, and one behind all the events that were taken with it.
        Assert.Equal(2 * MostInTurn / Piece, most);
        rig.OnCall = null;
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxTheory]
    [InlineData(MostInTurn + (4 * Piece), true)]
    [InlineData(MostInTurn + (5 * Piece), false)]
    public async Task A_body_of_a_turn_leaves_with_its_head_in_one(int length, bool isOne)
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (here, peer) = await rig.Connect();
        var expected = Frames.Body(length);
        var taking = TakeAsync(rig, peer, length);
        var isDone = false;
        var flush = await OnTheLoop(here, peer, () =>
        {
            var flush = here.Output.WriteAsync(expected);
            isDone = flush.IsCompleted;
            return flush;
        });
        _ = await flush.Soon();
        Assert.Equal(expected, await taking.Soon());
        Assert.Equal(isOne, isDone);
        rig.OnCall = null;
        peer.Dispose();
        await Rig.Close(here);
    }

    [LinuxFact]
    public async Task What_is_sent_may_be_given_back_once_the_connection_is_aborted_between_two_turns()
    {
        await using var rig = await Rig.Start(LinuxScheduling.Inline);
        var (here, peer) = await rig.Connect();
        var taking = TakeAsync(rig, peer, 4 * MostInTurn);
        IMemoryOwner<byte> memory = new Owned(4 * MostInTurn);
        var flush = await OnTheLoop(here, peer, () =>
        {
            var flush = here.Output.WriteAsync(memory.Memory);
            here.Abort();
            memory.Dispose();
            return flush;
        });
        _ = await flush.Soon().Fails(FramedSocketError.ConnectionAborted);
        _ = await Assert.ThrowsAsync<SocketException>(() => taking.Soon());
        Assert.Empty(rig.Log.Of("EventFailed"));
        peer.Dispose();
        await Rig.Close(here);
    }

    /// <summary>Sends piece by piece, each of which the system takes: for the peer has taken the one before.</summary>
    private static async Task<byte[]> TakeAsync(Rig rig, Socket peer, int length, Action<SystemCall>? onCall = null)
    {
        var (taken, sends) = (0, 0);
        rig.Plan(SystemCall.Send, [.. Enumerable.Repeat(Piece, length / Piece)]);
        rig.OnCall = call =>
        {
            if (call == SystemCall.Send)
            {
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref taken) == sends * Piece, TimeSpan.FromSeconds(30)));
                sends++;
            }

            onCall?.Invoke(call);
        };
        var received = new byte[length];
        while (taken < length)
        {
            Volatile.Write(ref taken, taken + await peer.ReceiveAsync(received.AsMemory(taken)).ConfigureAwait(false));
        }

        return received;
    }

    /// <summary>Does something where a read's bytes have arrived.</summary>
    private static async Task<Task<FlushResult>> OnTheLoop(ITransportConnection here, Socket peer, Func<ValueTask<FlushResult>> action)
    {
        var done = new TaskCompletionSource<Task<FlushResult>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = here.Input.ReadAsync().ConfigureAwait(false).GetAwaiter();
        Assert.False(read.IsCompleted);
        read.UnsafeOnCompleted(() => done.SetResult(action().AsTask()));
        _ = await peer.SendAsync(new byte[1]).Soon();
        var flush = await done.Task.Soon();
        here.Input.AdvanceTo(read.GetResult().Buffer.End);
        return flush;
    }

    /// <summary>Memory that is nobody's once it was given back.</summary>
    private sealed class Owned(int length) : MemoryManager<byte>
    {
        private byte[]? _bytes = new byte[length];

        public override Span<byte> GetSpan() => _bytes ?? throw new ObjectDisposedException(nameof(Owned));

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing) => _bytes = null;
    }
}
