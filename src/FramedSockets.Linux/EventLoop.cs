using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Linux;

/// <summary>
/// One epoll descriptor and the thread that waits for it, which runs while anything is registered and a little longer. It tells
/// who registered what happened, and outlives whatever they throw and whatever the system does.
/// </summary>
/// <remarks>Registering is thread-safe; the rest says so.</remarks>
internal sealed class EventLoop(int number, SystemCalls calls, LinuxTransportOptions options, ILogger log)
{
    /// <summary>How long, in milliseconds, a thread with nothing to watch waits for something before it ends.</summary>
    private const int Patience = 2000;

    /// <summary>
    /// How many events are taken before what was received for them is handled: so the code of either step stays in the processor's caches.
    /// Larus and Parkes, "Using Cohort Scheduling to Enhance Server Performance", USENIX 2002.
    /// </summary>
    private const int Cohort = 16;

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly object _gate = new();
    private readonly EventSlots _slots = new();
    private readonly Queue<IThreadPoolWorkItem> _later = new();
    private readonly List<IThreadPoolWorkItem> _cohort = new(Cohort);
    private readonly Epoll _epoll = new(calls);
    private bool _isRunning;
    private bool _isReceiving;
    private long _turn;
    private long _lateHandlers;

    /// <summary>The handlers that have held this loop too long.</summary>
    public long LateHandlers => Interlocked.Read(ref _lateHandlers);

    /// <summary>Whether the caller is on this loop's thread.</summary>
    public bool IsCurrent => _current == this;

    /// <summary>Reports events of a descriptor from now on, those that are true already included.</summary>
    /// <returns>Zero, or an error number below it: nothing is watched then.</returns>
    public int Register(SafeHandle descriptor, IEventTarget target, EpollEvents events, out ulong token)
    {
        token = 0;
        lock (_gate)
        {
            var error = _epoll.Open();
            if (error < 0)
            {
                return error;
            }

            Start();
            token = _slots.Add(target, descriptor, events);
            error = _epoll.Control(EpollOperation.Add, descriptor, events, token);
            if (error < 0)
            {
                Deregister(token);
            }

            return error;
        }
    }

    /// <summary>Changes what is reported; what is true already is reported anew.</summary>
    public int Change(SafeHandle descriptor, ulong token, EpollEvents events)
    {
        lock (_gate)
        {
            var error = _slots.TryUpdate(token, events)
                ? _epoll.Control(EpollOperation.Modify, descriptor, events, token)
                : -Errno.BadDescriptor;

            // One that was lost may be watched again.
            return error == -Errno.NoEntry ? _epoll.Control(EpollOperation.Add, descriptor, events, token) : error;
        }
    }

    /// <summary>Reports nothing more. The descriptor is about to be closed, which removes it from epoll. Idempotent.</summary>
    public void Deregister(ulong token)
    {
        lock (_gate)
        {
            _slots.Remove(token);
            if (_slots.Count == 0 && !IsCurrent)
            {
                // The thread waits without an end while it watches something.
                _epoll.Wake();
            }
        }
    }

    /// <summary>Stops reporting on a descriptor that stays open.</summary>
    public void Remove(SafeHandle descriptor, ulong token)
    {
        lock (_gate)
        {
            // At once: a new epoll descriptor in between would watch it again.
            _ = _epoll.Control(EpollOperation.Remove, descriptor, EpollEvents.None, token);
            Deregister(token);
        }
    }

    /// <summary>Runs something after the events that have been taken. On the loop's thread only.</summary>
    public void RunLater(IThreadPoolWorkItem work) => _later.Enqueue(work);

    /// <summary>Runs what follows a receive behind the receives of others, if there are any; false where it is to go on at once.</summary>
    public bool TryRunBehindReceives(IThreadPoolWorkItem work)
    {
        if (!IsCurrent || !_isReceiving)
        {
            return false;
        }

        _cohort.Add(work);
        return true;
    }

    private void Start()
    {
        if (!_isRunning)
        {
            new Thread(Run) { IsBackground = true, Name = $"FramedSockets loop {number}" }.UnsafeStart();
            _isRunning = true;
        }
    }

    private void Run()
    {
        _current = this;
        using var watchdog = options.Scheduling == LinuxScheduling.Inline && options.HandlerLimit != Timeout.InfiniteTimeSpan
            ? new Watchdog(() => Volatile.Read(ref _turn), options.HandlerLimit, options.Sockets.TimeProvider, OnLate)
            : null;
        while (true)
        {
            var count = Wait();
            if (count < 0)
            {
                Reopen(-count);
                continue;
            }

            TellAll(count);
            if (count > 0 && options.Scheduling == LinuxScheduling.ThreadPool)
            {
                // Where they share a core, the pool works first: otherwise each next event would interrupt it.
                _ = Thread.Yield();
            }

            RunWhatWaits();
            if (count == 0 && _later.Count == 0 && TryEnd())
            {
                return;
            }
        }
    }

    private int Wait() =>
        _later.Count > 0 ? _epoll.Wait(0, TimeSpan.Zero)
        : _slots.Count == 0 ? _epoll.Wait(Patience, TimeSpan.Zero)
        : _epoll.Wait(-1, options.SpinTime);

    private void TellAll(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _isReceiving = count > 1;
            Tell(_epoll.Read(i, out var token), token);
            if ((i + 1) % Cohort == 0 || i + 1 == count)
            {
                _isReceiving = false;
                foreach (var work in _cohort)
                {
                    Execute(work);
                }

                _cohort.Clear();
            }
        }
    }

    private void Tell(EpollEvents events, ulong token)
    {
        if (_slots.Find(token) is not { } target)
        {
            return;
        }

        Volatile.Write(ref _turn, _turn + 1);
        try
        {
            target.OnEvents(events);
        }
        catch (Exception e)
        {
            log.EventFailed(number, e);
        }

        Volatile.Write(ref _turn, _turn + 1);
    }

    private void RunWhatWaits()
    {
        // Those who want to run again then wait for the next round, which looks for events first.
        for (var left = _later.Count; left > 0; left--)
        {
            Execute(_later.Dequeue());
        }
    }

    private void Execute(IThreadPoolWorkItem work)
    {
        Volatile.Write(ref _turn, _turn + 1);
        try
        {
            work.Execute();
        }
        catch (Exception e)
        {
            log.EventFailed(number, e);
        }

        Volatile.Write(ref _turn, _turn + 1);
    }

    private bool TryEnd()
    {
        lock (_gate)
        {
            return !(_isRunning = _slots.Count > 0);
        }
    }

    /// <summary>Waiting fails when somebody has closed our descriptor: with a new one, everything goes on.</summary>
    private void Reopen(int error)
    {
        var lost = new List<ulong>();
        lock (_gate)
        {
            log.LoopFailed(number, Errno.ToSocketError(error), _slots.Count);
            _epoll.Forget(error);
            while (_epoll.Open() < 0)
            {
                // No descriptors are left. Others may register meanwhile, and fail in the same way.
                _ = Monitor.Wait(_gate, 100);
            }

            _slots.ForEach((descriptor, events, token) =>
            {
                // Who has registered meanwhile is watched already.
                if (_epoll.Add(descriptor, events, token) is < 0 and not -Errno.Exists)
                {
                    lost.Add(token);
                }
            });
        }

        if (lost.Count > 0)
        {
            log.LoopLostSome(number, lost.Count);
            lost.ForEach(token => Tell(EpollEvents.Lost, token));
        }
    }

    private void OnLate() => log.HandlerIsLate(number, options.HandlerLimit.TotalMilliseconds, Interlocked.Increment(ref _lateHandlers));
}
