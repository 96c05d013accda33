using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FramedSockets.Linux;

/// <summary>An epoll descriptor, and the one that wakes who waits for it. The loop's lock guards all but waiting and reading.</summary>
#pragma warning disable CA1001 // its descriptors live as long as its loop does, and are closed with it by their finalizers
internal sealed class Epoll(SystemCalls calls)
#pragma warning restore CA1001
{
    /// <summary>The most events that one wait gives.</summary>
    private const int Capacity = 256;

    private readonly byte[] _events = new byte[Capacity * EpollLayout.Current.Size];
    private DescriptorHandle? _epoll;
    private DescriptorHandle? _wake;

    /// <summary>Opens both, unless they are open.</summary>
    /// <returns>Zero, or an error number below it: nothing is open then.</returns>
    public int Open()
    {
        if (_epoll is not null)
        {
            return 0;
        }

        var epoll = calls.CreateEpoll();
        if (epoll < 0)
        {
            return epoll;
        }

        var wake = calls.CreateEvent();
        if (wake < 0)
        {
            _ = Native.Close(epoll);
            return wake;
        }

        _epoll = new(epoll);
        _wake = new(wake);

        var error = Watch(EpollOperation.Add);
        if (error < 0)
        {
            Close();
        }

        return error;
    }

    public void Close()
    {
        _epoll?.Dispose();
        _wake?.Dispose();
        _epoll = _wake = null;
    }

    /// <summary>Closes what is left, after a wait has failed.</summary>
    /// <param name="error">The error: where the number is no longer that of an epoll descriptor, it may be another's by now.</param>
    public void Forget(int error)
    {
        if (IsOfAnother(error))
        {
            _epoll?.SetHandleAsInvalid();
        }

        Close();
    }

    /// <summary>
    /// Changes what is watched. While it is not open, or where somebody else has closed it, there is nothing to change: who opens it
    /// watches everything anew.
    /// </summary>
    /// <returns>Zero, or an error number below it.</returns>
    public int Control(EpollOperation operation, SafeHandle descriptor, EpollEvents events, ulong token)
    {
        var error = _epoll is null ? 0 : calls.ControlEpoll(_epoll, operation, descriptor, events, token);
        if (!IsOfAnother(-error) || Watch(EpollOperation.Modify) == 0)
        {
            return error;
        }

        // Who waits does so on what was closed, and finds out when he waits anew.
        Wake();
        return 0;
    }

    /// <summary>Watches what was watched before, by who has just opened it.</summary>
    /// <returns>Zero, or an error number below it.</returns>
    public int Add(SafeHandle descriptor, EpollEvents events, ulong token) =>
        calls.ControlEpoll(_epoll!, EpollOperation.Add, descriptor, events, token);

    /// <summary>Waits for events; it is open.</summary>
    /// <param name="milliseconds">How long; -1 for as long as it takes.</param>
    /// <param name="spin">How long to ask again before that.</param>
    /// <returns>How many there are, or an error number below zero.</returns>
    public int Wait(int milliseconds, TimeSpan spin)
    {
        if (spin > TimeSpan.Zero)
        {
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < spin;)
            {
                var count = Wait(0);
                if (count != 0)
                {
                    return count;
                }
            }
        }

        return Wait(milliseconds);
    }

    /// <summary>One of the events that the last wait gave.</summary>
    public EpollEvents Read(int index, out ulong token) => EpollLayout.Current.Read(_events, index, out token);

    /// <summary>Ends a wait, if it is open.</summary>
    public void Wake()
    {
        if (_wake is not null)
        {
            SystemCalls.SetEvent(_wake);
        }
    }

    /// <summary>Watches what wakes. Token 0 is nobody's: waking is all that happens. As long as the epoll descriptor is ours, it can be done again.</summary>
    private int Watch(EpollOperation operation) =>
        calls.ControlEpoll(_epoll!, operation, _wake!, EpollEvents.Input | EpollEvents.EdgeTriggered, 0);

    private int Wait(int milliseconds) => calls.WaitEpoll(_epoll!, _events, Capacity, milliseconds);

    /// <summary>Whether an error says that the number is no longer that of an epoll descriptor: somebody else has closed it.</summary>
    private static bool IsOfAnother(int error) => error is Errno.BadDescriptor or Errno.InvalidArgument;
}
