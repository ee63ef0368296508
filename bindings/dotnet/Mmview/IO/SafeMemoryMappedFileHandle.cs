// SPDX-License-Identifier: MIT
using System;
using Microsoft.Win32.SafeHandles;
using Mmview.Native;

namespace Mmview.Win32.SafeHandles;

/// <summary>An open map. Its value is a descriptor: that of the file which the map was made of, or of its
/// memory.</summary>
public sealed unsafe class SafeMemoryMappedFileHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private nint _map;
    private nint _named;

    /// <summary>A handle of nothing.</summary>
    public SafeMemoryMappedFileHandle() : base(true)
    {
    }

    /// <param name="map">Of the library; closed with the handle. 0 = no view may be made of it.</param>
    /// <param name="descriptor">What the handle's value is; not closed.</param>
    internal SafeMemoryMappedFileHandle(nint map, int descriptor) : base(true)
    {
        _map = map;
        SetHandle(descriptor);
    }

    /// <summary>The same file, opened by its path: what has a name, and what a journal can be kept of.</summary>
    internal nint Named
    {
        get => _named;
        set => _named = value;
    }

    /// <summary>The library's map; it is there until the result is disposed.</summary>
    internal Use Hold() => new(this);

    /// <summary>Close the map.</summary>
    protected override bool ReleaseHandle()
    {
        fixed (nint* map = &_map, named = &_named)
        {
            Lib.mmv_map_close(named);
            Lib.mmv_map_close(map);
        }
        return true;
    }

    internal readonly ref struct Use
    {
        private readonly SafeMemoryMappedFileHandle _handle;
        private readonly bool _held;

        public Use(SafeMemoryMappedFileHandle handle)
        {
            _handle = handle;
            handle.DangerousAddRef(ref _held);
        }

        public nint Map => _handle._map;

        public void Dispose()
        {
            if (_held)
                _handle.DangerousRelease();
        }
    }
}
